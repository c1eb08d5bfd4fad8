"""Approval and reversal of a grid's points: what a named person signs becomes a version of the grid's file.

As with thresholds, checks and writing are one step under a lock, and killed in between nothing has
happened or all has.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from leadscore.adapters.catalog import Workspace
from leadscore.adapters.config.grids import read_grid
from leadscore.adapters.config.validation import Origins, validated
from leadscore.adapters.decisions import (
    FILE,
    append_decision,
    deciding,
    decision_in_force,
    next_line,
)
from leadscore.adapters.files import read_json, sha256_of
from leadscore.adapters.grid_files import grid_yaml
from leadscore.adapters.grid_versions import kept_as, kept_version, put_in_force, sha256_of_bytes
from leadscore.adapters.signature import Signature
from leadscore.domain.errors import GateError, InputError
from leadscore.domain.rules import Grid
from leadscore.domain.settings import Settings
from leadscore.review.grid_approval import (
    LEARN_AGAIN,
    GridBasis,
    GridProposed,
    refuse_before_export,
    refuse_unsignable,
    settings_learned_by,
)
from leadscore.review.proposal import as_text
from leadscore.scoring.grid.signing import SignedGrid, brought_back, signed_grid
from leadscore.scoring.signed import GridDecision, not_taken_back, on_grids
from leadscore.scoring.thresholds import AnyDecision

_HEAD = """\
# Points in force by decision {id} of config/decisions.yaml, signed by {by}; written by `leadscore`.
# The version before is kept in {kept}.
"""


@dataclass(frozen=True)
class _Making:
    """A new version about to be signed: the file it goes to, the old grid, the new one, by which proposal."""

    file: str
    old: Grid
    signed: SignedGrid
    proposal_sha256: str | None = None
    reverts: str | None = None


def is_of_grid(path: Path) -> bool:
    """Tell whether a proposal's path is one of `leadscore grid learn`: its YAML file, or what lies beside it."""
    return path.suffix != ".json" or path.with_suffix(".yaml").exists()


def grid_basis_of(workspace: Workspace, settings: Settings, file: Path) -> GridBasis:
    """Return what a proposal for a grid's file made now would rest on.

    Raises
    ------
    InputError
        ``missing-file``: no looks, or no grid.
    """
    if not file.is_file():
        raise InputError("missing-file", "the grid is not there", file=file)
    whole, config = file.resolve(), workspace.config.resolve()
    name = whole.relative_to(config) if whole.is_relative_to(config) else whole
    until = workspace.json("tables", "ingest")["observed_until"]
    return GridBasis(
        source=settings.source.name,
        file=name.as_posix(),
        observed_until=until,
        grid_sha256=sha256_of(file),
        snapshots_sha256=workspace.hash_of_file("snapshots", "snapshots.parquet"),
        decision_id=decision_in_force(workspace.config, settings, as_of=None).id,
        settings=settings_learned_by(settings),
    )


def read_grid_proposal(path: Path) -> GridProposed:
    """Read what lies beside a proposed grid, and hold grid and page against it.

    Raises
    ------
    InputError
        ``grid-proposal``: nothing lies beside it; ``missing-file``, ``bad-json``, ``bad-proposal``; or
        ``edited-proposal``: grid, page or what lies beside them is another one by a byte.
    """
    beside = path.with_suffix(".json")
    if path.is_file() and not beside.is_file():
        raise InputError(
            "grid-proposal", f"expected {beside.name} beside it, which says what it rests on",
            file=path, fix=f"{LEARN_AGAIN}; a grid of your own takes force by a commit",
        )  # fmt: skip
    content = read_json(beside, fix=LEARN_AGAIN)
    origins: Origins = {(): (beside, 1)}
    proposal = validated(GridProposed, content, origins, code="bad-proposal", fix=LEARN_AGAIN)
    if not proposal.has_own_hash() or beside.read_bytes() != as_text(content).encode():
        raise _edited(beside)
    for file, sha256 in (
        (_grid_file(path), proposal.yaml_sha256),
        (path.with_suffix(".md"), proposal.page_sha256),
    ):
        if not file.is_file():
            raise InputError(
                "missing-file", "the proposal's file is not there", file=file, fix=LEARN_AGAIN
            )
        if sha256_of(file) != sha256:
            raise _edited(file)
    return proposal


def approve_grid(
    workspace: Workspace, settings: Settings, path: Path, signature: Signature, *,
    only: Sequence[str] = (),
) -> GridDecision:  # fmt: skip
    """Put a proposed grid, or parts of it, in force from the signature's day on.

    Raises
    ------
    InputError, GateError, BusyError
        As `read_grid_proposal`, `review.grid_approval`, `scoring.grid.signing.signed_grid`,
        `adapters.decisions.deciding`; ``other-grid``: the grid is not in force; ``no-change``.
    """
    proposal, path = read_grid_proposal(path), _grid_file(path)
    file, day = proposal.basis.file, date.fromisoformat(signature.at[:10])
    with deciding(workspace.config) as known:
        in_use = (*settings.grid.others, settings.grid.file)
        if file not in in_use:
            raise InputError(
                "other-grid", f"the proposal is of {file}, in force is {', '.join(in_use)}",
                file=path, column="basis.file", fix="name the grid in grid.file of params.yaml first",
            )  # fmt: skip
        now = grid_basis_of(workspace, settings, workspace.config / file)
        refuse_unsignable(proposal, known, now, file=path)
        refuse_before_export(proposal.basis, day, file=path)
        old = read_grid(workspace.config / file)
        signed = signed_grid(old, read_grid(path), only, day=day, file=path)
        if not signed.changes:
            told = "the proposed grid has the points in force"
            raise GateError("no-change", told, file=path, fix="leave the grid as it is")
        making = _Making(file, old, signed, proposal_sha256=proposal.proposal_sha256)
        return _put(workspace.config, settings, known, signature, making)


def revert_grid(workspace: Workspace, settings: Settings, signature: Signature) -> GridDecision:
    """Bring back the points before the last decision on a grid that nobody took back, as a version after it.

    Raises
    ------
    InputError, BusyError
        ``nothing-to-revert``; ``edited-grid``: the file is not as the last decision on it wrote it;
        ``kept-version-lost``; or as `adapters.decisions.deciding`.
    """
    with deciding(workspace.config) as known:
        pile = not_taken_back(on_grids(known), settings.source.name)
        if not pile:
            raise InputError(
                "nothing-to-revert", f"no decision on a grid of {settings.source.name} is left",
                file=workspace.config / FILE, fix="`leadscore decisions` lists them",
            )  # fmt: skip
        taken_back = pile[-1]
        path = workspace.config / taken_back.file
        _refuse_edited(path, taken_back, known)
        before = read_grid(kept_version(workspace.config, taken_back))
        now, day = read_grid(path), date.fromisoformat(signature.at[:10])
        signed = brought_back(before, now, day=day, file=path)
        making = _Making(taken_back.file, now, signed, reverts=taken_back.id)
        return _put(workspace.config, settings, known, signature, making)


def reverts_a_grid(known: Sequence[AnyDecision], source: str) -> bool:
    """Tell whether the last decision that somebody may take back is one on a grid."""
    taken = {each.reverts for each in known}
    left = [e for e in known if e.source == source and e.reverts is None and e.id not in taken]
    return bool(left) and isinstance(left[-1], GridDecision)


def _grid_file(path: Path) -> Path:
    """Return the proposed grid's file, also where the page or the hashes beside it were named."""
    return path.with_suffix(".yaml") if path.suffix in (".json", ".md") else path


def _refuse_edited(path: Path, taken_back: GridDecision, known: Sequence[AnyDecision]) -> None:
    """Refuse to take a decision back where somebody edited the grid after the last one on it."""
    last = [each for each in on_grids(known) if each.file == taken_back.file][-1]
    if not path.is_file() or sha256_of(path) != last.after_sha256:
        raise InputError(
            "edited-grid", f"the grid is not as decision {last.id} wrote it, so taking back "
            f"{taken_back.id} would lose what was edited since",
            file=path, fix="take the edit back first, or change the points by hand in a commit",
        )  # fmt: skip


def _put(
    config: Path, settings: Settings, known: list[AnyDecision], signature: Signature, made: _Making
) -> GridDecision:
    """Sign a new version and write it; return the decision."""
    line: dict[str, Any] = next_line(known, signature, source=settings.source.name)
    old, new, sha256 = made.old, made.signed.grid, sha256_of(config / made.file)
    kept = kept_as(made.file, old.name, old.version, sha256)
    text = grid_yaml(new, head=_HEAD.format(id=line["id"], by=_one_line(line["by"]), kept=kept))
    decision = GridDecision(
        **line, proposal_sha256=made.proposal_sha256, reverts=made.reverts,
        grid=new.name, file=made.file, before_version=str(old.version), before_sha256=sha256,
        kept=kept, after_version=str(new.version), after_sha256=sha256_of_bytes(text),
        changes=list(made.signed.changes),
    )  # fmt: skip
    put_in_force(
        config, decision, text, sign=lambda: append_decision(config, decision, known=known)
    )
    return decision


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _edited(file: Path) -> InputError:
    return InputError(
        "edited-proposal", "the file was edited: its bytes are not those that were proposed",
        file=file, column="proposal_sha256", fix=LEARN_AGAIN,
    )  # fmt: skip
