"""The tables of dated rows: `events`, `feedback` and `nps`; many rows a lead."""

from __future__ import annotations

from collections import Counter

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.adapters.ingest.intake import Intake
from leadscore.domain import schemas
from leadscore.domain.errors import InputError, nearest
from leadscore.domain.mapping import LEFT_OUT, File, Role, SourceMapping, Table

Mask = npt.NDArray[np.bool_]

MAX_UNKNOWN_SHARE = 0.05
"""More event rows than this with undeclared words: the mapping belongs to another export."""
_MOST_WORDS = 100_000
"""Distinct unknown words that are counted one by one."""


class DatedRows:
    """Reads the rows of one file of events, feedback or answers, chunk by chunk."""

    def __init__(
        self, mapping: SourceMapping, table: Table, *, observed_until: pd.Timestamp | None
    ) -> None:
        self._mapping, self._table, self._until = mapping, table, observed_until
        self._words = _UnknownWords()

    def read(self, intake: Intake) -> pd.DataFrame:
        """Return the rows of a chunk.

        Refused rows are in it too; `intake.sieve` knows which they are.
        """
        found = {"lead_id": intake.ids(_needed(intake, "lead_id"))}
        if self._table == "events":
            found["type"] = self._types(intake)
        time_header = _needed(intake, "occurred_at")
        times, _ = intake.times(time_header, observed_until=self._until, required=True)
        found["occurred_at"] = times
        if self._table == "events":
            found["subject"], found["value"] = _subjects(intake), _values(intake)
        elif self._table == "feedback":
            header = _needed(intake, "verdict")
            found["verdict"] = intake.text(header)
            absent = found["verdict"].isna().to_numpy()
            intake.sieve.refuse(absent, "missing-verdict", "no verdict", column=header)
        else:
            header = _needed(intake, "nps")
            found["nps"] = pd.Series(intake.numbers(header, required=True, span=(0, 10)))
        columns = list(getattr(schemas, self._table.upper()).columns)
        return pd.DataFrame(found)[columns]

    def refuse_unknown_words(self, file: File) -> None:
        """Stop where too many rows hold words that the mapping does not list.

        Raises
        ------
        InputError
            ``unknown-event``: more than 5 % of the rows of the whole file.
        """
        words = self._words
        if words.n_rows <= MAX_UNKNOWN_SHARE * words.n_cells:
            return
        worst = max(words.count, key=lambda word: words.count[word])
        known = list(self._mapping.events)
        raise InputError(
            "unknown-event",
            f"'{worst}' is not in the mapping's `events` "
            f"({words.n_rows / words.n_cells:.0%} of the rows hold unknown words)",
            file=words.file,
            row=words.first_line[worst],
            column=file.header_of("type"),
            fix=f"add it (type `{LEFT_OUT}` leaves it out); {nearest(worst, known)}",
        )

    def _types(self, intake: Intake) -> pd.Series:
        header = _needed(intake, "type")
        known = {word: event.type for word, event in self._mapping.events.items()}
        types = intake.vocabulary(header, known, what="event")
        cells = intake.text(header)
        unknown = (cells.notna() & types.isna()).to_numpy()
        seen = self._words.add(intake, cells, unknown)
        told = f"rows refused, {header} not in the mapping's `events`"
        intake.tally.note(int(unknown.sum()), told, words=seen)
        intake.sieve.leave_out((types == LEFT_OUT).to_numpy())
        return types


class _UnknownWords:
    """Words of a file that the mapping does not list: how often, and on which line first."""

    def __init__(self) -> None:
        self.n_cells = self.n_rows = 0
        self.file = ""
        self.count: Counter[str] = Counter()
        self.first_line: dict[str, int] = {}

    def add(self, intake: Intake, cells: pd.Series, unknown: Mask) -> list[str]:
        """Count the marked cells; return their distinct words."""
        self.file = intake.name
        self.n_cells += len(cells)
        self.n_rows += int(unknown.sum())
        at = np.flatnonzero(unknown)
        codes, distinct = pd.factorize(cells.iloc[at])
        count = np.bincount(codes, minlength=len(distinct))
        first = np.full(len(distinct), -1)
        first[codes[::-1]] = at[::-1]
        words = [str(word) for word in distinct]
        for word, n, row in zip(words, count, first, strict=True):
            if word in self.count or len(self.count) < _MOST_WORDS:
                self.count[word] += int(n)
                self.first_line.setdefault(word, int(intake.table.line[row]))
        return words


def refuse_orphans(
    intake: Intake, ids: pd.Series, *, leads: pd.Index, refused_ids: set[str], what: str
) -> npt.NDArray[np.intp]:
    """Refuse rows whose lead is not among `leads` (ids): unknown, or refused itself.

    Returns
    -------
    Place of each row's lead in `leads`, -1 for refused rows.
    """
    header = intake.header_of("lead_id")
    codes, distinct = pd.factorize(ids)
    code: npt.NDArray[np.intp] = leads.get_indexer(pd.Index(distinct))[codes]
    of_refused = code < 0
    of_refused[of_refused] = ids[of_refused].isin(refused_ids).to_numpy()
    told = "its lead was refused"
    intake.sieve.refuse(of_refused, "lead-refused", told, column=header, values=ids)
    told = "its lead is not in the export"
    intake.sieve.refuse(code < 0, f"orphan-{what}", told, column=header, values=ids)
    return code


def order_of(table: Table) -> tuple[str, ...]:
    """Return the columns that put a dated table in order: lead, time, then all others."""
    columns = getattr(schemas, table.upper()).columns
    first = ("lead_id", "occurred_at")
    return (*first, *(name for name in columns if name not in first))


def in_order(rows: pd.DataFrame) -> pd.DataFrame:
    """Return dated rows sorted by lead, time and all other columns, whatever their order before."""
    if len(rows) == 0:
        return rows.reset_index(drop=True)
    rest = [name for name in rows.columns if name not in ("lead_id", "occurred_at")]
    ranks = [_rank(rows[name]) for name in reversed(rest)]
    times = rows["occurred_at"].astype("int64").to_numpy()
    place = np.lexsort((*ranks, times, _rank(rows["lead_id"])))
    return rows.iloc[place].reset_index(drop=True)


def _rank(cells: pd.Series) -> npt.NDArray[np.float64]:
    if cells.dtype == np.float64:
        number: npt.NDArray[np.float64] = cells.to_numpy(dtype=np.float64)
        return np.where(np.isnan(number), -np.inf, number)
    codes: npt.NDArray[np.intp] = pd.factorize(cells, sort=True)[0]
    return codes.astype(np.float64)


def _needed(intake: Intake, role: Role) -> str:
    header = intake.header_of(role)
    if header is None:
        raise ValueError(f"{intake.name}: the mapping was accepted without role `{role}`")
    return header


def _subjects(intake: Intake) -> pd.Series:
    header = intake.header_of("subject")
    if header is None:
        return pd.Series([None] * len(intake.table.line), dtype="str")
    return intake.text(header)


def _values(intake: Intake) -> pd.Series:
    header = intake.header_of("value")
    nothing = np.full(len(intake.table.line), np.nan)
    # Minus zero is zero: no order by value could tell the two apart.
    return pd.Series(nothing if header is None else intake.numbers(header) + 0.0)
