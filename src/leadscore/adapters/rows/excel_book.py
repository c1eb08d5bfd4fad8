"""A workbook opened safely, and the one sheet of it that holds the rows."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from python_calamine import (
    CalamineError,
    CalamineSheet,
    CalamineWorkbook,
    PasswordError,
    SheetTypeEnum,
    SheetVisibleEnum,
)

from leadscore.adapters.rows.excel_package import SheetFacts, check_package, damaged, sheet_facts
from leadscore.adapters.rows.file_marks import looks_like
from leadscore.domain.errors import InputError, nearest

_MARKS = {".xlsx": b"PK\x03\x04", ".xls": b"\xd0\xcf\x11\xe0"}
_TRIAL = """
import contextlib, sys
with contextlib.suppress(ImportError):  # where a process can be held to an amount of memory
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (4 << 30, 4 << 30))
from python_calamine import CalamineWorkbook, PasswordError
with contextlib.suppress(PasswordError), CalamineWorkbook.from_path(sys.argv[1]) as book:
    for sheet in book.sheet_names:
        book.get_sheet_by_name(sheet)
"""


@dataclass(frozen=True)
class Sheet:
    """A sheet of a workbook.

    Attributes
    ----------
    name
        As it stands on its tab.
    grid
        Its cells.
    facts
        What the reader of cells leaves out; empty for an old workbook (.xls).
    others
        Other sheets that can be seen.
    """

    name: str
    grid: CalamineSheet
    facts: SheetFacts
    others: tuple[str, ...]


def open_sheet(path: Path, name: str, *, sheet: str | None, first: bool = False) -> Sheet:
    """Open a workbook and one sheet of it.

    Parameters
    ----------
    path, name
        The file, and what it is called in messages.
    sheet
        Name of the sheet, which may be hidden; None: the only visible sheet with cells.
    first
        Where several could be meant, take the first one instead of refusing.

    Raises
    ------
    InputError
        The file is empty, no workbook, damaged, locked by a password or a zip bomb; the sheet is
        missing (nearest name); none is declared and several hold cells, or none does.
    """
    _refuse_other_kinds(path, name)
    is_package = path.suffix.casefold() == ".xlsx"
    if is_package:
        check_package(path, name)
    elif not _survives(path):
        raise damaged(name)
    try:
        with CalamineWorkbook.from_path(path) as book:
            visible = _visible(book)
            facts = {} if not is_package else {s: sheet_facts(path, s, name=name) for s in visible}
            full = [s for s in visible if _holds_cells(book, s, facts.get(s))]
            chosen = sheet if sheet is not None else _only(full, name, first=first)
            if chosen not in _tables(book):
                told, fix = "the workbook has no such sheet", nearest(chosen, _tables(book))
                raise InputError("missing-sheet", told, file=name, column=chosen, fix=fix)
            if is_package and chosen not in facts:
                facts[chosen] = sheet_facts(path, chosen, name=name)
            grid = book.get_sheet_by_name(chosen)
    except PasswordError as error:
        fix = "save it without a password"
        raise InputError("encrypted", "is locked by a password", file=name, fix=fix) from error
    except CalamineError as error:
        raise damaged(name) from error
    except BaseException as error:
        if type(error).__name__ != "PanicException":  # a panic of the reader is no Exception
            raise
        raise damaged(name) from error
    others = tuple(other for other in full if other != chosen)
    return Sheet(chosen, grid, facts.get(chosen, SheetFacts()), others)


def _refuse_other_kinds(path: Path, name: str) -> None:
    try:
        with path.open("rb") as stream:
            head = stream.read(4096)
    except OSError as error:
        told = f"can't be read: {error.strerror}"
        raise InputError("unreadable-file", told, file=name, fix="check its permissions") from error
    if not head:
        raise InputError("empty-file", "the file has 0 bytes", file=name, fix="export it again")
    if not head.startswith(_MARKS[path.suffix.casefold()]):
        told = f"looks like {looks_like(head)}, not an {path.suffix} workbook"
        fix = "give it the ending of what it is, in the mapping's `path` too, or export it again"
        raise InputError("not-excel", told, file=name, fix=fix)


def _survives(path: Path) -> bool:
    """Say whether reading an old workbook ends well, tried in a process of its own.

    The format has no checksums, and damage can make its reader ask for more memory than there is,
    which ends the process without an error to catch. A password is no damage.
    """
    done = subprocess.run([sys.executable, "-c", _TRIAL, path], capture_output=True, check=False)
    return done.returncode == 0


def _tables(book: CalamineWorkbook) -> list[str]:
    return [s.name for s in book.sheets_metadata if s.typ == SheetTypeEnum.WorkSheet]


def _visible(book: CalamineWorkbook) -> list[str]:
    seen = {s.name for s in book.sheets_metadata if s.visible == SheetVisibleEnum.Visible}
    return [name for name in _tables(book) if name in seen]


def _holds_cells(book: CalamineWorkbook, sheet: str, facts: SheetFacts | None) -> bool:
    if facts is not None:
        return facts.n_cells > 0
    return book.get_sheet_by_name(sheet).start is not None


def _only(full: list[str], name: str, *, first: bool) -> str:
    if not full:
        told = "no visible sheet holds any cell"
        raise InputError("empty-sheet", told, file=name, fix="declare a hidden one by `sheet`")
    if len(full) > 1 and not first:
        raise InputError(
            "several-sheets",
            f"the workbook has {len(full)} sheets, and the mapping names none",
            file=name,
            fix=f"declare `sheet`: one of {', '.join(full[:8])}",
        )
    return full[0]
