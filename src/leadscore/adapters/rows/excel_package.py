"""What an .xlsx package holds before any of it is taken into memory, and what its reader leaves out.

It refuses packages that would unpack to more than the machine bears, and damaged ones; for a sheet it
tells how far its cells reach, which cells hold an error (``#N/A``) and which formulas were never
calculated: readers of values give both as empty cells.
"""

from __future__ import annotations

import posixpath
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from leadscore.domain.errors import InputError

MAX_RATIO = 200
RATIO_FROM_BYTES = 64_000_000
MAX_BYTES = 4_000_000_000
MAX_CELLS = 40_000_000
"""Of the rectangle that a sheet's cells span; the reader takes 30 to 80 bytes for each."""

_MAX_PART_BYTES = 8_000_000
_BLOCK = 1 << 20
_FAULTS = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, KeyError, RuntimeError,
    ElementTree.ParseError,
)  # fmt: skip
_MAX_ROW_BYTES = 64_000_000
_TAG = rb"<(?:\w+:)?"
_R = rb"""\br\s*=\s*["']"""
_END = rb"""["'][^>]*(?<!/)>"""  # a cell without content is no cell
_COLUMN_OF = re.compile(_R + rb"([A-Za-z]{1,3})\d+" + _END)
_ROW_OF = re.compile(_R + rb"[A-Za-z]{1,3}(\d+)" + _END)
_PLACE = re.compile(_R + rb"([A-Za-z]{1,3})(\d+)")
_IS_ERROR = rb"""\bt\s*=\s*["']e["']"""
_IS_TEXT = re.compile(rb"""\bt\s*=\s*["']str["']""")
_ERROR = re.compile(_TAG + rb"c\s([^>]*?" + _IS_ERROR + rb"[^>]*)>(.*?)</(?:\w+:)?c>", re.DOTALL)
_FORMULA = re.compile(_TAG + rb"c\s([^>]*)>\s*" + _TAG + rb"f\b(.*?)</(?:\w+:)?c>", re.DOTALL)
_VALUE = re.compile(_TAG + rb"v(?:\s[^>]*)?>([^<]+)<")


@dataclass
class SheetFacts:
    """What a sheet's own text tells. Rows and columns count from 0.

    Attributes
    ----------
    rows, columns
        Lowest and highest that holds a value, or None for an empty sheet.
    errors
        Text of error cells by place.
    unsaved
        Places of formulas without a calculated value.
    """

    rows: tuple[int, int] | None = None
    columns: tuple[int, int] | None = None
    errors: dict[tuple[int, int], str] = field(default_factory=dict)
    unsaved: list[tuple[int, int]] = field(default_factory=list)

    @property
    def n_cells(self) -> int:
        """Size of the rectangle that the cells span."""
        if self.rows is None or self.columns is None:
            return 0
        return (self.rows[1] - self.rows[0] + 1) * (self.columns[1] - self.columns[0] + 1)


def check_package(path: Path, name: str) -> None:
    """Refuse a package that is damaged or unpacks to too much; every member's checksum is verified.

    Raises
    ------
    InputError
        ``zip-bomb`` or ``damaged-workbook``.
    """
    with _opened(path, name) as package:
        n_unpacked = sum(member.file_size for member in package.infolist())
        ratio = n_unpacked / max(path.stat().st_size, 1)
        if n_unpacked > MAX_BYTES or (n_unpacked > RATIO_FROM_BYTES and ratio > MAX_RATIO):
            told = f"unpacks to {n_unpacked:,} bytes, {ratio:,.0f} times its size"
            fix = "if it is genuine, save the sheet as CSV"
            raise InputError("zip-bomb", told, file=name, fix=fix)
        if package.testzip() is not None:
            raise damaged(name)


def sheet_facts(path: Path, sheet: str, *, name: str) -> SheetFacts:
    """Return the facts of one sheet, read in pieces.

    Raises
    ------
    InputError
        ``damaged-workbook``, or ``zip-bomb``: its cells span too large a rectangle.
    """
    facts = SheetFacts()
    with _opened(path, name) as package:
        for block in _blocks(package, _members(package)[sheet]):
            _look_at(block, facts)
            if facts.n_cells > MAX_CELLS:
                told = f"the cells of sheet '{sheet}' span {facts.n_cells:,} places"
                fix = "delete stray cells far from the table, or save the sheet as CSV"
                raise InputError("zip-bomb", told, file=name, fix=fix)
    return facts


def damaged(name: str) -> InputError:
    """Return the error for a workbook that can't be read to its end."""
    fix = "open and save it again, or export it again"
    return InputError("damaged-workbook", "can't be read as a workbook", file=name, fix=fix)


@contextmanager
def _opened(path: Path, name: str) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as package:
            yield package
    except _FAULTS as error:
        raise damaged(name) from error


def _members(package: zipfile.ZipFile) -> dict[str, str]:
    """Return the member that holds each sheet, by the sheet's name."""
    book = _target(_targets(package, ""), "officeDocument")
    links = _targets(package, book)
    found = {}
    for node in _parsed(package, book).iter():
        link = next((value for key, value in node.attrib.items() if key.endswith("}id")), None)
        if node.tag.endswith("}sheet") and link in links:
            found[node.attrib["name"]] = links[link][1]
    return found


def _targets(package: zipfile.ZipFile, member: str) -> dict[str, tuple[str, str]]:
    """Return kind and place of everything that a member of the package points to, by id."""
    folder, file = posixpath.split(member)
    links = _parsed(package, posixpath.join(folder, "_rels", f"{file}.rels"))
    return {
        link.attrib["Id"]: (
            link.attrib["Type"],
            posixpath.normpath(posixpath.join("/", folder, link.attrib["Target"])).lstrip("/"),
        )
        for link in links
    }


def _target(links: dict[str, tuple[str, str]], kind: str) -> str:
    return next((place for what, place in links.values() if what.endswith(f"/{kind}")), "")


def _parsed(package: zipfile.ZipFile, member: str) -> ElementTree.Element:
    if package.getinfo(member).file_size > _MAX_PART_BYTES:
        raise zipfile.BadZipFile(f"{member} is too large")
    return ElementTree.fromstring(package.read(member))


def _blocks(package: zipfile.ZipFile, member: str) -> Iterator[bytes]:
    """Yield a sheet's text in pieces that end with a row."""
    rest = b""
    with package.open(member) as stream:
        while piece := stream.read(_BLOCK):
            rest += piece
            end = rest.rfind(b"row>") + 4
            if end > 3:
                yield rest[:end]
                rest = rest[end:]
            elif len(rest) > _MAX_ROW_BYTES:
                raise zipfile.BadZipFile("a row without end")
    yield rest


def _look_at(block: bytes, facts: SheetFacts) -> None:
    columns = [_number(letters) for letters in set(_COLUMN_OF.findall(block))]
    rows = [int(digits) - 1 for digits in set(_ROW_OF.findall(block))]
    if columns and rows:
        facts.columns = _widened(facts.columns, columns)
        facts.rows = _widened(facts.rows, rows)
    if b"#" in block:
        for about, inner in _ERROR.findall(block):
            place, value = _place(about), _VALUE.search(inner)
            if place is not None and value is not None:
                facts.errors[place] = value[1].decode("utf-8", "replace")
    if b"<f" in block or b":f" in block:
        for about, inner in _FORMULA.findall(block):
            place = _place(about)
            if place is not None and not _IS_TEXT.search(about) and not _VALUE.search(inner):
                facts.unsaved.append(place)


def _widened(span: tuple[int, int] | None, found: list[int]) -> tuple[int, int]:
    return min(found + list(span or ())), max(found + list(span or ()))


def _place(about: bytes) -> tuple[int, int] | None:
    found = _PLACE.search(about)
    return None if found is None else (int(found[2]) - 1, _number(found[1]))


def _number(letters: bytes) -> int:
    """Return the place of a column by its letters: A is 0, AA is 26."""
    number = 0
    for letter in letters.upper():
        number = number * 26 + letter - 64
    return number - 1
