"""What reading an export gives: the tables, what went in, what was refused and what was odd."""

from __future__ import annotations

from dataclasses import dataclass
from typing import overload

import pandas as pd

from leadscore.adapters.ingest.sieve import Count
from leadscore.adapters.ingest.spool import Held
from leadscore.domain.mapping import Property


@dataclass(frozen=True)
class InputFile:
    """One file as it was read: path below the export's folder, size and hash on disk, its rows."""

    path: str
    bytes: int
    sha256: str
    rows: int


class _Loaded:
    """A field that may hold a table on disk and gives it as a DataFrame."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = f"_{name}"

    @overload
    def __get__(self, export: None, owner: type) -> _Loaded: ...

    @overload
    def __get__(self, export: object, owner: type) -> pd.DataFrame: ...

    def __get__(self, export: object | None, owner: type) -> _Loaded | pd.DataFrame:
        if export is None:
            raise AttributeError("a field without a default")
        held: Held = vars(export)[self._name]
        return held if isinstance(held, pd.DataFrame) else held.load()

    def __set__(self, export: object, held: Held) -> None:
        vars(export)[self._name] = held


@dataclass(frozen=True, kw_only=True)
class Export:
    """An export as tables (`domain.schemas`), and what there is to say about it.

    Attributes
    ----------
    leads, outcomes, changes, events, feedback, nps, rejected
        Tables, sorted by lead (and time). A lead without a row in `outcomes` is unknown: its
        outcome was refused; it must be neither trained on nor scored. Long tables may lie on disk:
        each look at the field then loads them, `held` and `n_rows` do not.
    observed_until
        Until when the export tells what happened; None where it holds no times.
    inputs, counts
        Files read; and where each file's rows went.
    warnings
        What was taken in spite of an oddity, one line each.
    properties
        The properties of `leads`.
    event_labels, engagement_types
        How a rep would read each event type; and the types that the lead did itself.
    """

    leads: pd.DataFrame
    events: _Loaded = _Loaded()
    outcomes: pd.DataFrame
    changes: pd.DataFrame
    feedback: _Loaded = _Loaded()
    nps: _Loaded = _Loaded()
    rejected: _Loaded = _Loaded()
    observed_until: pd.Timestamp | None
    inputs: tuple[InputFile, ...]
    counts: tuple[Count, ...]
    warnings: tuple[str, ...]
    properties: tuple[Property, ...]
    event_labels: dict[str, str]
    engagement_types: tuple[str, ...]

    def held(self, table: str) -> Held:
        """Return a table as it is held: in memory, or as a file on disk."""
        fields = vars(self)
        held: Held = fields[f"_{table}" if f"_{table}" in fields else table]
        return held

    def n_rows(self, table: str) -> int:
        """Return the number of rows of a table, without loading it."""
        held = self.held(table)
        return len(held) if isinstance(held, pd.DataFrame) else held.n_rows
