"""Proposals for the manual grid: learned from a workspace, shown, and written as files to be signed.

A proposal is a new YAML file beside the old grid and a page that says what differs; no file is ever
overwritten, and nothing written here is in force.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from rich import box
from rich.console import Group
from rich.table import Table
from rich.text import Text

from leadscore.adapters.catalog import Workspace
from leadscore.adapters.config.grids import read_grid
from leadscore.adapters.decisions import decision_in_force
from leadscore.adapters.grid_approving import grid_basis_of
from leadscore.adapters.grid_files import grid_yaml
from leadscore.adapters.grid_versions import sha256_of_bytes
from leadscore.domain.errors import InputError
from leadscore.domain.rules import Grid
from leadscore.domain.settings import Settings
from leadscore.history.splits import TEST
from leadscore.review.grid_approval import GridBasis, GridProposed
from leadscore.review.proposal import as_text
from leadscore.scoring.grid.learning.looks import Looks, looks_of, served
from leadscore.scoring.grid.learning.proposing import Proposal, pooled, propose
from leadscore.scoring.grid.learning.telling import markdown, notes, reproaches, sheets, verdict
from leadscore.scoring.grid.parts import names_of, parts_of

Float = npt.NDArray[np.float64]
FOLDER = "config/grids/proposals"
_HEAD = """\
# A proposal learned from outcomes; the page beside it says what differs and on what evidence.
# To put it in force, somebody signs it: leadscore approve THIS_FILE --by NAME --reason TEXT
"""


def proposal_of(workspace: Workspace, settings: Settings, *, file: Path | None) -> Proposal:
    """Learn from a workspace's snapshots what its grid, or that of a file, should be.

    The new version's day is the export's, or the day after the old version where that is later (or
    the export has no date).

    Raises
    ------
    GateError
        ``no-window``: too few mature looks to learn on earlier and judge on later ones.
    """
    is_dated = workspace.shape() != "wide"
    grid = read_grid(workspace.config / settings.grid.file if file is None else file)
    snapshots, sources = workspace.table("snapshots", "snapshots"), workspace.sources()
    snapshots = snapshots.loc[served(snapshots, sources, grid, settings)]
    looks = looks_of(snapshots, settings, is_dated=is_dated)
    day = new_day(grid, workspace.observed_until().date() if is_dated else None)
    known = pooled(looks, sources, workspace.features(), grid, settings, day=day)
    decision = decision_in_force(workspace.config, settings, as_of=None)
    return propose(
        looks,
        known,
        grid,
        settings,
        day=day,
        thresholds=decision.thresholds,
        anchor=decision.anchor_probability or settings.scale.anchor_probability,
        p_model=model_chances(workspace, looks),
    )


def new_day(grid: Grid, exported: date | None) -> date:
    """Return the day a new version of a grid begins: never before the old one's."""
    next_day = grid.version + timedelta(days=1)
    return next_day if exported is None else max(exported, next_day)


def model_chances(workspace: Workspace, looks: Looks) -> Float | None:
    """Return the model's probabilities of the later window; None where no model was judged on it."""
    if not workspace.file("evidence", "evidence.parquet").is_file():
        return None
    evidence = workspace.table("evidence", "evidence")
    evidence = evidence.loc[evidence["window"] == TEST, ["lead_id", "order", "p_model"]]
    test = looks.table.iloc[looks.windows.rows(TEST)][["lead_id", "order"]]
    found = test.merge(evidence, on=["lead_id", "order"], how="left")["p_model"]
    if len(found) != len(test) or bool(found.isna().any()):
        return None
    return found.to_numpy(dtype=np.float64)


def write_proposal(
    workspace: Workspace, settings: Settings, proposal: Proposal, *, file: Path | None,
    out: Path | None,
) -> tuple[Path, Path]:  # fmt: skip
    """Write grid, page and what they rest on; return the paths of grid and page.

    Parameters
    ----------
    file
        The grid's file that was learned for; None is that of the settings.
    out
        Path of the YAML file; None puts it in `FOLDER`, named by grid and day. Beside it lie the page,
        with the ending ``.md``, and what an approval asks for, ``.json``.

    Raises
    ------
    InputError
        ``nothing-proposed``, or ``file-exists``: a proposal is never overwritten.
    """
    if proposal.new is None:
        raise InputError(
            "nothing-proposed",
            str(proposal.why_not),
            fix="keep the hand-written grid until there are more outcomes",
        )
    default = workspace.config / FOLDER / f"{proposal.old.name}-{proposal.day}.yaml"
    path = default if out is None else out
    learned_for = workspace.config / settings.grid.file if file is None else file
    basis = grid_basis_of(workspace, settings, learned_for)
    page = f"{markdown(proposal)}\n{how_to_sign(proposal.old, proposal.new, path)}"
    return write_signable(path, proposal.new, page, basis)


def write_signable(path: Path, grid: Grid, page: str, basis: GridBasis) -> tuple[Path, Path]:
    """Write a proposed grid with its page and what they rest on; return the paths of grid and page.

    Raises
    ------
    InputError
        ``file-exists``, or ``bad-ending``: the grid would lie where page or hashes shall.
    """
    files = [path, path.with_suffix(".md"), path.with_suffix(".json")]
    if path in files[1:]:
        raise InputError(
            "bad-ending", f"a proposed grid cannot end with {path.suffix}, as what lies beside it does",
            file=path, column="--out", fix="name it with .yaml",
        )  # fmt: skip
    for file in files:
        if file.exists():
            raise InputError(
                "file-exists",
                "a proposal is never overwritten",
                file=file,
                fix="sign it, move it away, or name another with --out",
            )
    path.parent.mkdir(parents=True, exist_ok=True)
    text = grid_yaml(grid, head=_HEAD)
    signable = GridProposed.of(
        yaml_sha256=sha256_of_bytes(text), page_sha256=sha256_of_bytes(page), basis=basis
    )
    texts = (text, page, as_text(signable.model_dump()))
    for file, content in zip(files, texts, strict=True):
        with file.open("x", encoding="utf-8", newline="") as stream:
            stream.write(content)
    return files[0], files[1]


def how_to_sign(old: Grid, new: Grid, path: Path) -> str:
    """Return the page's last section: the command that puts it in force, whole or in parts."""
    names = ", ".join(f"`{name}`" for name in names_of(old, new, parts_of(old, new)))
    return (
        "## To sign it\n\nNothing is in force until a named person signs, whole or in parts:\n\n"
        f"```\nleadscore approve {path} --by NAME --reason TEXT\n"
        f"leadscore approve {path} --by NAME --reason TEXT --only PART\n```\n\n"
        f"Parts, `--only` once for each: {names}. The figures above are those of all parts together.\n"
    )


def screen(proposal: Proposal) -> Group:
    """Return what `leadscore grid learn` prints."""
    parts: list[Any] = [Text(verdict(proposal), style="bold"), *(Text(n) for n in notes(proposal))]
    for sheet in (wide.narrow() for wide in sheets(proposal)):
        table = Table(box=box.SIMPLE_HEAD, title=sheet.title, title_justify="left", pad_edge=False)
        for name in sheet.columns:
            is_number = name in sheet.numbers
            table.add_column(name, justify="right" if is_number else "left", no_wrap=is_number)
        for row in sheet.rows:
            table.add_row(*(Text(cell) for cell in row))
        parts += [Text(), table]
    return Group(*parts, *(Text(line) for line in reproaches(proposal)))
