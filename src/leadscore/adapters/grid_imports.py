"""Exports of other tools' rules read as JSON, and grid files written; an existing grid is never overwritten."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from leadscore.domain.errors import InputError
from leadscore.scoring.grid import parse_grid
from leadscore.scoring.grid.foreign import LeftOut
from leadscore.scoring.grid.importing import as_yaml, import_rules, newest_day

_MOST_BYTES = 10_000_000


@dataclass(frozen=True)
class ImportedFile:
    """A grid as YAML text, how many rules and CHECK comments it has, and what was left out."""

    text: str
    n_rules: int
    n_checks: int
    left_out: tuple[LeftOut, ...]


def imported(
    path: Path, tool: str, *, name: str | None, version: pd.Timestamp | None
) -> ImportedFile:
    """Read an export and return it as a grid that `parse_grid` accepts.

    Raises
    ------
    InputError
        ``missing-file``, ``too-large``, ``bad-json``; ``no-version``: neither the export nor the
        caller tells a day; as `import_rules` and `parse_grid`.
    """
    raw = _json(path)
    day = newest_day(raw) if version is None else version.date()
    if day is None:
        raise InputError(
            "no-version",
            "the export does not say when it was last changed",
            file=path,
            fix="say from which day the grid holds: --version 2026-01-31",
        )
    drafted = import_rules(raw, tool=tool, name=name or tool, version=day, file=path)
    grid = parse_grid(drafted.plain, file=path)
    n_checks = sum(len(said) for said in drafted.checks.values())
    return ImportedFile(as_yaml(drafted), len(grid.rules), n_checks, drafted.left_out)


def write_grid(path: Path, text: str) -> None:
    """Write a grid file that is not there yet.

    Raises
    ------
    InputError
        ``file-exists``, ``missing-folder``.
    """
    if path.exists():
        raise InputError(
            "file-exists", "a file is there already", file=path, fix="choose another --out"
        )
    if not path.parent.is_dir():
        raise InputError("missing-folder", "the folder is not there", file=path.parent)
    path.write_text(text, encoding="utf-8", newline="")


def _json(path: Path) -> object:
    if not path.is_file():
        raise InputError("missing-file", "the export is not there", file=path)
    if path.stat().st_size > _MOST_BYTES:
        raise InputError("too-large", f"more than {_MOST_BYTES:,} bytes", file=path)
    try:
        return json.loads(path.read_text(encoding="utf-8-sig"))
    except json.JSONDecodeError as error:
        fix = "export it again as JSON, as the tool's API gives it"
        raise InputError("bad-json", error.msg, file=path, row=error.lineno, fix=fix) from None
    except UnicodeDecodeError:
        raise InputError("bad-encoding", "no UTF-8", file=path) from None
