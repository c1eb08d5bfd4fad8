"""Whether a proposal may be signed now, and which thresholds the signature puts in force."""

from __future__ import annotations

from collections.abc import Sequence

from leadscore.domain.errors import GateError, InputError
from leadscore.domain.settings import Thresholds
from leadscore.review.basis import Basis, Changed, changed_since
from leadscore.review.cuts import Tier
from leadscore.review.proposal import Proposed
from leadscore.review.verdicts import NO_CHANGE
from leadscore.scoring.signed import Signed

AGAIN = "run `leadscore review` and read the new proposal"


def approved(
    proposal: Proposed, decisions: Sequence[Signed], now: Basis, *, only: Tier | None, file: object
) -> Thresholds:  # fmt: skip
    """Return the thresholds that a signature under the proposal puts in force.

    Parameters
    ----------
    decisions
        All signed decisions, oldest first.
    now
        What a proposal made now would rest on.
    only
        The one threshold that is approved; the other one stays. None: both.
    file
        The proposal's file, for errors.

    Raises
    ------
    InputError
        ``other-source``, ``already-approved``, ``stale-proposal`` or ``thresholds-crossed``.
    GateError
        ``no-change``: the evidence speaks for none.
    """
    made = proposal.basis
    refuse_other_source(made.source, now.source, file)
    _refuse_no_change(proposal, only, file)
    refuse_signed(proposal.proposal_sha256, decisions, file, fix=AGAIN)
    refuse_stale(changed_since(made, now), file, fix=AGAIN)
    return _thresholds(proposal, only, file)


def refuse_other_source(made: str, now: str, file: object) -> None:
    """Refuse a proposal of another source than the project's: ``other-source``."""
    if made != now:
        raise InputError(
            "other-source", f"the proposal is of {made}, the project's source is {now}",
            file=file, column="basis.source",
            fix="approve it with the --profile it was made with, or with --root of its project",
        )  # fmt: skip


def refuse_stale(changed: Sequence[Changed], file: object, *, fix: str) -> None:
    """Refuse a proposal of which something it rests on has changed: ``stale-proposal``."""
    if changed:
        told = "; ".join(each.told() for each in changed[:4])
        more = f"; and {len(changed) - 4} more" if len(changed) > 4 else ""
        raise InputError(
            "stale-proposal", f"what it rests on has changed: {told}{more}",
            file=file, column=changed[0].field, fix=fix,
        )  # fmt: skip


def _refuse_no_change(proposal: Proposed, only: Tier | None, file: object) -> None:
    cuts = {"hot": proposal.hot, "warm": proposal.warm}
    asked = cuts if only is None else {only: cuts[only]}
    if all(cut.verdict == NO_CHANGE for cut in asked.values()):
        stays = ", ".join(f"{name} stays at {cut.in_force:g}" for name, cut in asked.items())
        others = [name for name, cut in cuts.items() if cut.verdict != NO_CHANGE]
        fix = (
            f"approve {others[0]}, which it moves" if others else "leave the thresholds as they are"
        )
        raise GateError(
            "no-change", f"the proposal is no change: {stays}", file=file,
            column=f"{next(iter(asked))}.verdict", fix=fix,
        )  # fmt: skip


def refuse_signed(
    proposal_sha256: str, decisions: Sequence[Signed], file: object, *, fix: str
) -> None:
    """Refuse a proposal that was signed before, also where that was taken back: ``already-approved``."""
    signed = next((d for d in decisions if d.proposal_sha256 == proposal_sha256), None)
    if signed is None:
        return
    told = f"approved already, as decision {signed.id} by {signed.by} on {signed.decided_on}"
    back = next((d for d in decisions if d.reverts == signed.id), None)
    if back is not None:
        told += f", which decision {back.id} by {back.by} took back"
    raise InputError("already-approved", told, file=file, column="proposal_sha256", fix=fix)


def _thresholds(proposal: Proposed, only: Tier | None, file: object) -> Thresholds:
    hot = proposal.hot.in_force if only == "warm" else proposal.hot.proposed
    warm = proposal.warm.in_force if only == "hot" else proposal.warm.proposed
    if hot <= warm:
        raise InputError(
            "thresholds-crossed", f"with {only} alone, hot ({hot:g}) would not stay above warm ({warm:g})",
            file=file, column=f"{only}.proposed", fix="approve both, without --only",
        )  # fmt: skip
    return Thresholds(hot=hot, warm=warm)
