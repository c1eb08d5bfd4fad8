"""The spec files of the primitives, `tests/spec/primitives/NAME.md`, as a test reads them.

A file: ``# name``, a sentence, then examples. An example: ``## claim``, the declared lines, a table of
events, a table of looks with what is expected. ``-`` is missing; an expected cell may be arithmetic.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import yaml

from tests.fakes import seconds

FOLDER = Path(__file__).with_name("primitives")
ARITHMETIC = re.compile(r"[\d\s.+*/()-]+")
MISSING = float("nan")


@dataclass(frozen=True)
class Example:
    """Declared lines, rows of events and looks as dicts of texts; `columns` are the expected ones."""

    primitive: str
    claim: str
    lines: list
    events: list
    looks: list
    columns: tuple

    def __str__(self):
        return f"{self.primitive}: {self.claim}"


def examples_of(text):
    """Return the examples of one file."""
    head, *sections = re.split(r"^## ", text, flags=re.MULTILINE)
    name = re.match(r"# (\w+)\n\n\S", head)[1]
    return [_example(name, section) for section in sections]


def _example(name, section):
    claim, body = section.split("\n", 1)
    lines = yaml.safe_load(re.search(r"```yaml\n(.*?)```", body, re.DOTALL)[1])
    events, looks = (_rows(table) for table in re.findall(r"(?:^\|.*\n?)+", body, re.MULTILINE))
    columns = tuple(n for n in looks[0] if n not in ("lead", "as_of", "why"))
    return Example(name, claim.strip(), lines, events, looks, columns)


def _rows(table):
    header, rule, *body = [
        [cell.strip() for cell in line.strip().strip("|").split("|")]
        for line in table.strip().splitlines()
    ]
    if not all(re.fullmatch(r"-+", cell) for cell in rule):
        raise ValueError(f"expected a rule below {header}")
    return [dict(zip(header, row, strict=True)) for row in body]


def number(cell):
    """Return the number a cell says: ``-``, or arithmetic."""
    if cell == "-":
        return MISSING
    if not ARITHMETIC.fullmatch(cell):
        raise ValueError(f"neither a number nor arithmetic: {cell!r}")
    return float(eval(cell, {"__builtins__": {}}))


def time(row, name):
    """Return the epoch second of a row's time."""
    return seconds(row[name])


EXAMPLES = [
    example
    for path in sorted(FOLDER.glob("*.md"))
    for example in examples_of(path.read_text("utf-8"))
]
