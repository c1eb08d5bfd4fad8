"""A night's leads some at a time: shards laid aside as they are scored, and read as one order in the end.

Memory holds one shard and two numbers a lead of those laid aside, however many leads there are.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd

CHANCE = "probability before it was hidden"
"""A column of `Shard.kept` beside the features: what the order follows where no percentage is shown."""


@dataclass(frozen=True)
class Shard:
    """Some leads of a night, scored.

    Attributes
    ----------
    issued
        Their issued scores as they are published, hottest first.
    kept
        `CHANCE` and the features that the gates ask of all leads together, rows as in `issued`.
    tally
        What is counted of them.
    """

    issued: pd.DataFrame
    kept: pd.DataFrame
    tally: dict[str, int]


class Shelf(Protocol):
    """Where shards lie until the last one is there; those of higher numbers have later lead ids."""

    def __contains__(self, number: int) -> bool:
        """Tell whether a shard lies here."""

    def numbers(self) -> Sequence[int]:
        """Return the numbers of the shards, ascending."""

    def put(self, number: int, shard: Shard) -> None:
        """Lay a shard aside."""

    def tally(self, number: int) -> dict[str, int]:
        """Return what is counted of a shard."""

    def names(self) -> Sequence[str]:
        """Return the columns of what is kept of every shard."""

    def column(self, number: int, name: str) -> pd.Series:
        """Return a column of a shard, of `kept` or else of `issued`."""

    def rows(self, number: int, begin: int, end: int) -> pd.DataFrame:
        """Return some rows of a shard's issued scores."""


@dataclass(frozen=True)
class MemoryShelf:
    """A shelf for what memory holds."""

    shards: dict[int, Shard] = field(default_factory=dict)

    def __contains__(self, number: int) -> bool:
        return number in self.shards

    def numbers(self) -> Sequence[int]:
        """Return the numbers of the shards, ascending."""
        return sorted(self.shards)

    def put(self, number: int, shard: Shard) -> None:
        """Lay a shard aside."""
        self.shards[number] = shard

    def tally(self, number: int) -> dict[str, int]:
        """Return what is counted of a shard."""
        return self.shards[number].tally

    def names(self) -> Sequence[str]:
        """Return the columns of what is kept of every shard."""
        return list(self.shards[min(self.shards)].kept.columns) if self.shards else []

    def column(self, number: int, name: str) -> pd.Series:
        """Return a column of a shard."""
        shard = self.shards[number]
        return shard.kept[name] if name in shard.kept else shard.issued[name]

    def rows(self, number: int, begin: int, end: int) -> pd.DataFrame:
        """Return some rows of a shard's issued scores, numbered anew."""
        return self.shards[number].issued.iloc[begin:end].reset_index(drop=True)


@dataclass(frozen=True)
class Columns:
    """What is kept of all shards, column by column: only the one asked for is read."""

    shelf: Shelf

    def __len__(self) -> int:
        return sum(self.shelf.tally(number)["open"] for number in self.shelf.numbers())

    def __contains__(self, name: object) -> bool:
        return name in self.shelf.names()

    def __getitem__(self, name: str) -> pd.Series:
        """Return one column of all shards, one below the other."""
        parts = [self.shelf.column(number, name) for number in self.shelf.numbers()]
        return pd.concat(parts, ignore_index=True)


def in_order(shelf: Shelf, *, rows_at_once: int) -> Iterator[pd.DataFrame]:
    """Yield the issued scores of all shards hottest first, tables of so many rows, the last one smaller.

    Every shard is in order, so each is read once from its first row to its last. Ties go by lead id: shards
    are ascending by it, and the sort is stable.
    """
    numbers = shelf.numbers()
    shard = _whose_turn(shelf, numbers)
    taken = np.zeros(len(numbers), np.int64)
    for begin in range(0, len(shard), rows_at_once):
        here = shard[begin : begin + rows_at_once]
        upto = taken + np.bincount(here, minlength=len(numbers))
        tables = [
            shelf.rows(number, int(first), int(end))
            for number, first, end in zip(numbers, taken, upto, strict=True)
            if end > first
        ]
        taken = upto
        yield tables[0] if len(tables) == 1 else _mixed(tables, here)


def _whose_turn(shelf: Shelf, numbers: Sequence[int]) -> npt.NDArray[np.int32]:
    """Return for every place of the whole order which shard's next row stands there."""
    lengths = [shelf.tally(number)["open"] for number in numbers]
    shard = np.repeat(np.arange(len(numbers), dtype=np.int32), lengths)
    if len(numbers) > 1:
        score, chance = (scores_of(shelf, name) for name in ("score", CHANCE))
        shard = shard[np.lexsort((-chance, -score))]
    return shard


def scores_of(shelf: Shelf, name: str = "score") -> npt.NDArray[np.float64]:
    """Return a column of numbers of all shards, one after the other."""
    parts = [shelf.column(number, name).to_numpy(np.float64) for number in shelf.numbers()]
    return np.concatenate(parts) if parts else np.zeros(0)


def _mixed(tables: Sequence[pd.DataFrame], turn: npt.NDArray[np.int32]) -> pd.DataFrame:
    """Mix the tables' rows, those of each in their order, as their turns come."""
    place = np.argsort(turn, kind="stable")
    back = np.empty_like(place)
    back[place] = np.arange(len(place))
    mixed: pd.DataFrame = pd.concat(tables, ignore_index=True).take(back)
    return mixed.reset_index(drop=True)
