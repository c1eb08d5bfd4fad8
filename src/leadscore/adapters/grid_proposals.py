"""Proposals for the manual grid: learned from a workspace, shown, and written as files to be signed.

A proposal is a new YAML file beside the old grid and a page that says what differs; no file is ever
overwritten, and nothing written here is in force.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
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
from leadscore.domain.errors import InputError
from leadscore.domain.rules import Grid
from leadscore.domain.settings import Settings
from leadscore.history.splits import TEST
from leadscore.scoring.grid.learning.looks import Looks, looks_of, served
from leadscore.scoring.grid.learning.proposing import Proposal, pooled, propose
from leadscore.scoring.grid.learning.telling import markdown, notes, reproaches, sheets, verdict

Float = npt.NDArray[np.float64]
FOLDER = "config/grids/proposals"
_HEAD = """\
# A proposal learned from outcomes; the page beside it says what differs and on what evidence.
# To put it in force, somebody signs it: copy it over the grid's file, with the old one in the history.
"""
_ON_ONE_LINE = ("words", "when", "bands", "caps", "decay", "each_time", "fit", "engagement")


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
    workspace: Workspace, proposal: Proposal, *, out: Path | None
) -> tuple[Path, Path]:
    """Write grid and page; return their paths.

    Parameters
    ----------
    out
        Path of the YAML file; None puts it in `FOLDER`, named by grid and day. The page lies beside
        it with the ending ``.md``.

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
    page = path.with_suffix(".md")
    for file in (path, page):
        if file.exists():
            raise InputError(
                "file-exists",
                "a proposal is never overwritten",
                file=file,
                fix="sign it, move it away, or name another with --out",
            )
    path.parent.mkdir(parents=True, exist_ok=True)
    for file, text in ((path, grid_yaml(proposal.new)), (page, markdown(proposal))):
        with file.open("x", encoding="utf-8") as stream:
            stream.write(text)
    return path, page


def grid_yaml(grid: Grid) -> str:
    """Return a grid as a YAML file people can read; the strict reader gives back the same grid."""
    plain = grid.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
    lines = [_HEAD.rstrip()]
    for key, value in plain.items():
        if isinstance(value, list) and value:
            lines += ["", f"{key}:"]
            for item in value:
                lines += [*_item(item), ""]
            lines.pop()
        elif isinstance(value, dict) and key not in _ON_ONE_LINE:
            lines += [f"{key}:", *(f"  {_key(k)}: {_flow(v)}" for k, v in value.items())]
        else:
            lines.append(f"{key}: {_value(key, value)}")
    return "\n".join(lines) + "\n"


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


def _item(item: Mapping[str, Any]) -> Iterator[str]:
    begin = "  - "
    for key, value in item.items():
        yield f"{begin}{key}: {_value(key, value)}"
        begin = "    "


def _value(key: str, value: Any) -> str:
    """Return a value on one line; days are written bare, as in the grids people write."""
    if key in ("version", "from", "until"):
        return str(value)
    return _flow(value)


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(k)}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(_flow(part) for part in value) + "]"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, ensure_ascii=False)


def _key(key: str) -> str:
    return json.dumps(key) if key.isdigit() else key
