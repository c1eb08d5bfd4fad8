"""Approval and reversal: a named person's decision in the list, then MLflow's tags, which follow it.

Checks and appending are one step under a lock, so that of two approvals at once one wins. Killed in
between, nothing is in force or all is; MLflow is told last, and what scores does not ask it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leadscore.adapters.basis import basis_of
from leadscore.adapters.catalog import Workspace
from leadscore.adapters.config.validation import Origins, validated
from leadscore.adapters.decisions import FILE, append_decision, deciding, next_line
from leadscore.adapters.files import read_json, sha256_of
from leadscore.adapters.registry import server
from leadscore.adapters.signature import Signature
from leadscore.domain.errors import InputError
from leadscore.domain.settings import Settings
from leadscore.review.approval import AGAIN, approved
from leadscore.review.cuts import Tier
from leadscore.review.expectation import expected_of
from leadscore.review.proposal import Proposed, as_text, sha256_of_content
from leadscore.scoring.thresholds import Decision, in_force, on_thresholds, reversal_of


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
        ``missing-file``, ``bad-json``, ``bad-proposal``, or ``edited-proposal``: a byte is another one.
    """
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
        signed = on_thresholds(known)
        before = _before(signed, settings)
        now = basis_of(workspace, settings, before.id)
        thresholds = approved(proposal, signed, now, only=only, file=path)
        decision = Decision(
            **next_line(known, signature, source=before.source),
            hot=thresholds.hot, warm=thresholds.warm, anchor_probability=before.anchor_probability,
            proposal_sha256=proposal.proposal_sha256,
            expected=expected_of(
                proposal.effect, considered=proposal.considered, before=before.thresholds,
                signed=thresholds,
            ),
        )  # fmt: skip
        append_decision(workspace.config, decision, known=known)
    return Decided(decision, before, _tagged(workspace, decision))


def revert(workspace: Workspace, settings: Settings, signature: Signature) -> Decided:
    """Bring back the thresholds before the last decision on them that nobody took back, as a decision of its own.

    Raises
    ------
    InputError
        ``nothing-to-revert``: there is none, or the same thresholds would come back; or as `approve`.
    """
    with deciding(workspace.config) as known:
        source, initial = settings.source.name, settings.thresholds.initial
        signed = on_thresholds(known)
        before = _before(signed, settings)
        found = reversal_of(signed, source=source, initial=initial)
        if found is None:
            raise InputError(
                "nothing-to-revert",
                f"no decision of {source} is left whose reversal would change the thresholds "
                f"(hot {before.hot:g}, warm {before.warm:g})",
                file=workspace.config / FILE,
                fix="`leadscore decisions` lists them; approve a proposal to move thresholds",
            )
        taken_back, brought = found
        decision = Decision(
            **next_line(known, signature, source=source),
            hot=brought.hot, warm=brought.warm, anchor_probability=brought.anchor_probability,
            proposal_sha256=None, reverts=taken_back.id,
        )  # fmt: skip
        append_decision(workspace.config, decision, known=known)
    return Decided(decision, before, _tagged(workspace, decision))


def _before(known: list[Decision], settings: Settings) -> Decision:
    initial = settings.thresholds.initial
    return in_force(known, source=settings.source.name, as_of=None, initial=initial)


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
