"""Whether a proposal for a grid may be signed now: what it rests on, held against what there is today."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from leadscore.domain.errors import InputError
from leadscore.domain.settings import Settings
from leadscore.domain.strict import Strict
from leadscore.review.approval import refuse_other_source, refuse_signed, refuse_stale
from leadscore.review.basis import Changed, Sha256, settings_changed
from leadscore.review.proposal import sha256_of_content
from leadscore.review.rows import plain
from leadscore.scoring.signed import Signed

LEARN_AGAIN = "run `leadscore grid learn` and read the new proposal"
_READ = {
    "seed", "label", "split", "bots", "demographics", "scale", "calibration", "thresholds", "grid",
}  # fmt: skip


class GridBasis(Strict):
    """What a proposal for a grid was made from.

    `file` is the grid's path in the project and `grid_sha256` of its bytes; `snapshots_sha256` of the looks
    it was learned on, exported at `observed_until` (null without dates); `decision_id` was in force.
    `settings` are those that learning reads, under their names in params.yaml.
    """

    source: str
    file: str
    observed_until: str | None
    grid_sha256: Sha256
    snapshots_sha256: Sha256
    decision_id: str
    settings: dict[str, Any]


class GridProposed(Strict):
    """What lies beside a proposed grid: hashes of its file and page, what they rest on, and the hash of all that."""

    yaml_sha256: Sha256
    page_sha256: Sha256
    basis: GridBasis
    proposal_sha256: Sha256

    @classmethod
    def of(cls, *, yaml_sha256: str, page_sha256: str, basis: GridBasis) -> GridProposed:
        """Return it with the hash of its content."""
        content = {
            "yaml_sha256": yaml_sha256,
            "page_sha256": page_sha256,
            "basis": basis.model_dump(),
        }
        return cls.model_validate({**content, "proposal_sha256": sha256_of_content(content)})

    def has_own_hash(self) -> bool:
        """Tell whether its content has the hash it names."""
        content = self.model_dump(exclude={"proposal_sha256"})
        return sha256_of_content(content) == self.proposal_sha256


def settings_learned_by(settings: Settings) -> dict[str, Any]:
    """Return the settings that learning a grid reads, as a proposal keeps them."""
    review = {"min_leads": settings.review.min_leads, "bootstrap": settings.review.bootstrap}
    read: dict[str, Any] = plain({**settings.model_dump(mode="json", include=_READ), "review": review})  # fmt: skip
    return read


def refuse_unsignable(
    proposal: GridProposed, decisions: Sequence[Signed], now: GridBasis, *, file: object
) -> None:
    """Refuse a proposal that may not be signed.

    Parameters
    ----------
    decisions
        All signed decisions, oldest first.
    now
        What a proposal for the same file made now would rest on.
    file
        The proposal's file, for errors.

    Raises
    ------
    InputError
        ``other-source``, ``already-approved`` or ``stale-proposal``.
    """
    made = proposal.basis
    refuse_other_source(made.source, now.source, file)
    refuse_signed(proposal.proposal_sha256, decisions, file, fix=LEARN_AGAIN)
    refuse_stale(_changed(made, now), file, fix=LEARN_AGAIN)


def refuse_before_export(basis: GridBasis, day: date, *, file: object) -> None:
    """Refuse a day on which not all was known that the points were learned from.

    Raises
    ------
    InputError
        ``day-goes-back``.
    """
    exported = None if basis.observed_until is None else basis.observed_until[:10]
    if exported is not None and day.isoformat() < exported:
        raise InputError(
            "day-goes-back",
            f"--on {day} lies before the export of {exported}, from which the points were learned",
            file=file, column="basis.observed_until", fix=f"sign for {exported} or a later day",
        )  # fmt: skip


def _changed(made: GridBasis, now: GridBasis) -> list[Changed]:
    found = [
        Changed(f"basis.{field}", file, getattr(made, field), getattr(now, field))
        for field, file in (
            ("grid_sha256", made.file),
            ("snapshots_sha256", "data/snapshots/snapshots.parquet"),
            ("decision_id", "config/decisions.yaml"),
        )
    ]
    different = [each for each in found if each.before != each.after]
    return [*different, *settings_changed(made.settings, now.settings)]
