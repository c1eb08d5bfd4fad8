"""Approval and reversal: a named person's decision in the list, then MLflow's tags, which follow it.

Checks and appending are one step under a lock, so that of two approvals at once one wins. Killed in
between, nothing is in force or all is; MLflow is told last, and what scores does not ask it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from leadscore.adapters.basis import basis_of
from leadscore.adapters.catalog import Workspace
from leadscore.adapters.config.validation import Origins, validated
from leadscore.adapters.decisions import FILE, append_decision, deciding
from leadscore.adapters.files import read_json, sha256_of
from leadscore.adapters.registry import server
from leadscore.adapters.signature import Signature
from leadscore.domain.errors import InputError
from leadscore.domain.settings import Settings, Thresholds
from leadscore.review.approval import AGAIN, Tier, approved
from leadscore.review.proposal import Proposed, as_text, sha256_of_content
from leadscore.scoring.thresholds import Decision, in_force, reversal_of


@dataclass(frozen=True)
class Decided:
    """What came of it: the new decision, the one in force before, and what could not be done."""

    decision: Decision
    before: Decision
    warnings: tuple[str, ...]


def read_proposal(path: Path) -> Proposed:
    """Read a proposal as `leadscore review` wrote it.

    Raises
    ------
    InputError
        ``missing-file``, ``bad-json``, ``bad-proposal``, or ``edited-proposal``: a byte is another one;
        ``grid-proposal``: it is one of `leadscore grid learn`, which is signed by hand so far.
    """
    if path.suffix in (".yaml", ".yml"):  # where approving a grid's proposal would begin
        raise InputError(
            "grid-proposal", "expected a proposal of thresholds (proposal.json), got a YAML file",
            file=path, fix="a proposed grid is signed by copying it over the grid's file, in a commit",
        )  # fmt: skip
    content = read_json(path, fix=AGAIN)
    origins: Origins = {(): (path, 1)}
    proposal = validated(Proposed, content, origins, code="bad-proposal", fix=AGAIN)
    if (found := _sha256(content)) != proposal.proposal_sha256 or not _as_written(path, content):
        told = f"its content has sha256 {found[:12]}, it names {proposal.proposal_sha256[:12]}"
        if found == proposal.proposal_sha256:
            told = "it is not laid out as it was written"
        raise InputError(
            "edited-proposal", f"the file was edited: {told}", file=path, column="proposal_sha256",
            fix=AGAIN,
        )  # fmt: skip
    return proposal


def approve(
    workspace: Workspace, settings: Settings, path: Path, signature: Signature, *,
    only: Tier | None = None,
) -> Decided:  # fmt: skip
    """Put a proposal's thresholds, or one of them, in force from the signature's day on.

    Raises
    ------
    InputError, GateError, BusyError
        As `read_proposal`, `review.approval.approved`, `adapters.decisions.deciding`; or
        ``day-goes-back``: the day lies before the decision in force.
    """
    proposal = read_proposal(path)
    with deciding(workspace.config) as known:
        before = _before(known, settings)
        now = basis_of(workspace, settings, before.id)
        thresholds = approved(proposal, known, now, only=only, file=path)
        decision = _signed(
            workspace, known, before, signature,
            thresholds=thresholds, anchor=before.anchor_probability,
            proposal_sha256=proposal.proposal_sha256,
        )  # fmt: skip
    return Decided(decision, before, _tagged(workspace, decision))


def revert(workspace: Workspace, settings: Settings, signature: Signature) -> Decided:
    """Bring back the thresholds before the last decision that nobody took back, as a decision of its own.

    Raises
    ------
    InputError
        ``nothing-to-revert``: there is none, or the same thresholds would come back; or as `approve`.
    """
    with deciding(workspace.config) as known:
        source, initial = settings.source.name, settings.thresholds.initial
        before = _before(known, settings)
        found = reversal_of(known, source=source, initial=initial)
        if found is None:
            raise InputError(
                "nothing-to-revert",
                f"no decision of {source} is left whose reversal would change the thresholds "
                f"(hot {before.hot:g}, warm {before.warm:g})",
                file=workspace.config / FILE,
                fix="`leadscore decisions` lists them; approve a proposal to move thresholds",
            )
        taken_back, brought = found
        decision = _signed(
            workspace, known, before, signature,
            thresholds=brought.thresholds, anchor=brought.anchor_probability,
            reverts=taken_back.id,
        )  # fmt: skip
    return Decided(decision, before, _tagged(workspace, decision))


def _before(known: list[Decision], settings: Settings) -> Decision:
    initial = settings.thresholds.initial
    return in_force(known, source=settings.source.name, as_of=None, initial=initial)


def _signed(
    workspace: Workspace, known: list[Decision], before: Decision, signature: Signature, *,
    thresholds: Thresholds, anchor: float | None,
    proposal_sha256: str | None = None, reverts: str | None = None,
) -> Decision:  # fmt: skip
    """Append a decision for the source of the one before; return it."""
    day = date.fromisoformat(signature.at[:10]).isoformat()
    is_signed = before in known
    if is_signed and day < before.decided_on:
        raise InputError(
            "day-goes-back", f"--on {day} lies before decision {before.id} ({before.decided_on})",
            file=workspace.config / FILE, column="decided_on",
            fix=f"sign for {before.decided_on} or a later day",
        )  # fmt: skip
    decision = Decision(
        id=f"{max((int(d.id) for d in known), default=0) + 1:04d}",
        decided_on=day, by=signature.by, source=before.source,
        hot=thresholds.hot, warm=thresholds.warm, anchor_probability=anchor,
        reason=signature.reason, proposal_sha256=proposal_sha256, reverts=reverts,
    )  # fmt: skip
    append_decision(workspace.config, decision, known=known)
    return decision


def _tagged(workspace: Workspace, decision: Decision) -> tuple[str, ...]:
    """Tag the newest training's version in MLflow with the decision; return what could not be done."""
    manifest = workspace.file("bundle", "manifest.json")
    if not manifest.is_file():
        return ()
    sha256, stands = (
        sha256_of(manifest),
        "the decision is in force, and no version is tagged with it",
    )
    tags = {
        "decision_id": decision.id,
        "decision_hot": f"{decision.hot:g}",
        "decision_warm": f"{decision.warm:g}",
        "decision_by": decision.by,
        "decision_on": decision.decided_on,
    }
    try:
        version = server.ask(
            workspace.root,
            lambda client: server.tag(client, decision.source, sha256=sha256, tags=tags),
        )
    except server.NoAnswerError as why:
        return (f"MLflow did not answer ({why}): {stands}",)
    return () if version else (f"MLflow has no version of bundle {sha256[:12]}: {stands}",)


def _sha256(content: dict[str, Any]) -> str:
    try:
        return sha256_of_content({k: v for k, v in content.items() if k != "proposal_sha256"})
    except ValueError:  # NaN, which JSON does not have
        return "none"


def _as_written(path: Path, content: dict[str, Any]) -> bool:
    return path.read_bytes() == as_text(content).encode()
