"""What a table of the quarter's section is made of: text only."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Cell:
    """A figure as text, its interval or why there is none, and the leads behind it."""

    value: str
    spread: str
    n: str


@dataclass(frozen=True)
class Line:
    """One group: what leads are grouped by, the group, and a cell per figure (None: not measured)."""

    grouping: str
    level: str
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True)
class PageTable:
    """One table: caption with the scores it rests on, (words, unit) per figure, lines, notes."""

    caption: str
    heads: tuple[tuple[str, str], ...]
    lines: tuple[Line, ...]
    notes: tuple[str, ...]
