"""Promotion, rollback, retirement: a named person's line in the record, then MLflow's aliases, which follow it.

The order leaves nothing half: what will score is here and was read, then the line is appended, then
the alias moves. Killed in between, the record is in force; the same promotion or retirement again
appends nothing and moves the alias.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from leadscore.adapters.catalog import Workspace
from leadscore.adapters.registry import copies, server
from leadscore.adapters.registry.cards import sign_card
from leadscore.adapters.registry.examining import AGAIN, Candidate, Examined
from leadscore.adapters.registry.record import append_line, record_of, signed_lines
from leadscore.adapters.registry.serving import fetched, without_champion
from leadscore.adapters.signature import Signature
from leadscore.domain.errors import GateError, InputError, nearest
from leadscore.scoring.champions import Promotion, champion_of, is_retired, previous_of


@dataclass(frozen=True)
class Signed:
    """What came of it: the last line of the record, whether it is new, and what could not be done."""

    line: Promotion
    is_new: bool
    warnings: tuple[str, ...]


def promote(workspace: Workspace, source: str, examined: Examined, signature: Signature) -> Signed:
    """Make an examined candidate champion; the champion again is no promotion and only mends the alias.

    Raises
    ------
    GateError
        ``not-promotable``: a gate is not passed, and the signature does not name it.
    """
    candidate = examined.candidate
    if examined.champion is not None and examined.is_champion:
        told = "the challenger is the champion: nothing to promote"
        return Signed(examined.champion, False, (told, *_followed(workspace, source, candidate)))
    failed = [gate.gate for gate in examined.gates if not gate.passed]
    _refuse(failed, [gate.gate for gate in examined.gates], signature.despite)
    line = Promotion(
        source=source,
        version=candidate.version.version if candidate.version else None,
        bundle_sha256=candidate.bundle.sha256,
        act="promote",
        by=signature.by,
        at=signature.at,
        reason=signature.reason,
        passed=[gate.gate for gate in examined.gates if gate.passed],
        despite=failed,
    )
    copies.keep(workspace, source, line.bundle_sha256, taken_from=candidate.folder)
    append_line(workspace.root, line)
    warnings = [*candidate.warnings, *sign_card(workspace, candidate, line)]
    return Signed(line, True, (*warnings, *_followed(workspace, source, candidate)))


def _followed(workspace: Workspace, source: str, candidate: Candidate) -> tuple[str, ...]:
    return _aliases(workspace, source) if candidate.is_answered else ()


def _refuse(failed: list[str], known: list[str], despite: tuple[str, ...]) -> None:
    unknown = next((name for name in despite if name not in known), None)
    if unknown is not None:
        raise InputError(
            "unknown-gate",
            f"--despite {unknown!r} is no gate",
            fix=nearest(unknown, known) if known else "leave --despite out",
        )
    left = [name for name in failed if name not in despite]
    if left:
        names = " ".join(f'--despite "{name}"' for name in left)
        raise GateError(
            "not-promotable",
            f"not passed: {'; '.join(left)}",
            fix=f"train on more, or sign for it by name: {names}",
        )


def rollback(workspace: Workspace, source: str, signature: Signature) -> Signed:
    """Bring the champion before back, or the one retired, by a further line; its copy must be here, or in MLflow.

    Raises
    ------
    InputError
        ``no-previous``: there was no champion before, or ``champion-lost``.
    """
    lines = signed_lines(workspace.root, source)
    before = previous_of(lines)
    if before is None:
        fix = "`leadscore versions` lists what may be promoted"
        raise InputError(
            "no-previous",
            "there was no champion before" if lines else "there is no champion",
            file=record_of(workspace.root, source),
            fix=f"{fix}, `leadscore retire` lets the grid score" if lines else fix,
        )
    if not copies.is_kept(workspace, source, before.bundle_sha256):
        try:
            fetched(workspace, source, before.bundle_sha256)
        except (server.NoAnswerError, InputError) as why:
            raise InputError(
                "champion-lost", f"{before.told()}: its copy is lost and cannot be fetched: {why}",
                file=record_of(workspace.root, source), fix="start MLflow and roll back again",
            ) from why  # fmt: skip
    return _signed_again(workspace, before, "rollback", signature)


def retire(workspace: Workspace, source: str, signature: Signature) -> Signed:
    """End the champion by a further line, so that the grid scores; again it only mends the alias.

    Raises
    ------
    InputError
        ``no-champion``: nobody was promoted; or, as `bundle.read_bundle`, nothing is here whose grid
        could score.
    """
    lines = signed_lines(workspace.root, source)
    if not lines:
        raise InputError(
            "no-champion",
            f"{source} has no champion: there is nothing to retire, the grid scores already",
            file=record_of(workspace.root, source),
            fix="`leadscore versions` shows who scores",
        )
    if is_retired(lines):
        told = "the champion is retired already: nothing to retire"
        return Signed(lines[-1], False, (told, *_aliases(workspace, source)))
    without_champion(workspace)
    return _signed_again(workspace, lines[-1], "retire", signature)


def _signed_again(
    workspace: Workspace, line: Promotion, act: Literal["rollback", "retire"], signature: Signature
) -> Signed:
    """Append a further line of a bundle that was champion, then let the aliases follow."""
    signed = {"act": act, "by": signature.by, "at": signature.at, "reason": signature.reason}
    again = line.model_copy(update=signed)
    append_line(workspace.root, again)
    return Signed(again, True, _aliases(workspace, line.source))


def _aliases(workspace: Workspace, source: str) -> tuple[str, ...]:
    """Let MLflow's aliases follow the record; return what could not be done. Again changes nothing."""
    lines = signed_lines(workspace.root, source)
    if not lines:
        return ()
    now, before = champion_of(lines), previous_of(lines)
    champion = now.bundle_sha256 if now else None
    previous = before.bundle_sha256 if before else None
    try:
        server.ask(
            workspace.root,
            lambda client: server.follow(
                client, source, champion=champion, previous=previous, tags=_tags(now)
            ),
        )
    except server.NoAnswerError as why:
        again = AGAIN.format(verb="promote" if now else "retire")
        return (f"MLflow did not answer ({why}): its alias `champion` has not moved. {again}",)
    return ()


def _tags(now: Promotion | None) -> dict[str, str]:
    """Return what MLflow is told of the champion; nothing where there is none."""
    if now is None:
        return {}
    return {
        "promoted_by": now.by,
        "promoted_because": now.reason,
        "promoted_at": now.at,
        "promoted_sha256": now.bundle_sha256,
        "promoted_despite": "; ".join(now.despite) or "nothing",
    }
