"""One file of an export on its way in: cells read by contract, bad rows refused, oddities noted."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.adapters import words
from leadscore.adapters.csv_text import TextTable
from leadscore.adapters.parsing import Times, parse_numbers, parse_times
from leadscore.adapters.sieve import Sieve
from leadscore.domain.errors import InputError, nearest
from leadscore.domain.mapping import Column, Dialect, Role, SourceMapping

Mask = npt.NDArray[np.bool_]
Float = npt.NDArray[np.float64]

OLDEST = pd.Timestamp("2000-01-01", tz="UTC")
SKEW = pd.Timedelta(minutes=10)
"""Clocks of two systems may differ by this much."""

_SERIALS = {5: "excel", 10: "epoch_s", 13: "epoch_ms"}
_FORMATS = (
    "iso",
    "%d/%m/%Y",
    "%m/%d/%Y",
    "%d/%m/%Y %H:%M",
    "%m/%d/%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%d.%m.%Y",
    "%Y/%m/%d",
)


class Intake:
    """The cells of one file, by header; methods refuse rows in `sieve` and add to `warnings`.

    They return one value for each row of the file, refused ones too; `sieve.keep` says which count.
    """

    def __init__(
        self,
        mapping: SourceMapping,
        dialect: Dialect,
        columns: dict[str, Column],
        table: TextTable,
        name: str,
    ) -> None:
        self.mapping, self.dialect, self.columns, self.table, self.name = (
            mapping,
            dialect,
            columns,
            table,
            name,
        )
        self.sieve = Sieve(name, table.line, n_unreadable=len(table.bad_rows))
        self.warnings: list[str] = []
        self._tidy: dict[str, pd.Series] = {}

    def again(self) -> Intake:
        """Return an intake of the rows still in, to read a second table from the same file."""
        second = Intake(self.mapping, self.dialect, self.columns, self.table, self.name)
        second.sieve = Sieve(self.name, self.table.line[self.sieve.keep])
        kept = {
            header: cells[self.sieve.keep].reset_index(drop=True)
            for header, cells in self.table.columns.items()
        }
        second.table = TextTable(
            kept,
            self.table.line[self.sieve.keep],
            self.table.number[self.sieve.keep],
            self.table.headers,
            (),
        )
        return second

    def header_of(self, role: Role) -> str | None:
        """Header of the column with this role, or None."""
        return next(
            (header for header, column in self.columns.items() if column.role == role), None
        )

    def note(self, n: int, text: str) -> None:
        """Add a warning about `n` rows, if there are any."""
        if n:
            self.warnings.append(f"{self.name}: {n:,} {text}")

    def text(self, header: str) -> pd.Series:
        """Return trimmed text; null words are null, and words of the column's `values` replaced."""
        if header not in self._tidy:
            column = self.columns.get(header)
            cells = words.tidy(self.table.columns[header])
            nulls = [*self.mapping.nulls, *(column.nulls if column else [])]
            cells = cells.mask(words.is_absent(cells, nulls))
            if column is not None and (instead := column.values):  # noqa: PD011  # a setting
                cells = words.on_distinct(cells, lambda word: instead.get(word, word))
            self._tidy[header] = cells
        return self._tidy[header]

    def ids(self, header: str) -> pd.Series:
        """Return ids as clean text, and refuse rows without one."""
        cells = words.clean_ids(self.table.columns[header])
        column = self.columns[header]
        blank = words.is_absent(cells, [*self.mapping.nulls, *column.nulls])
        self.sieve.refuse(
            blank,
            "blank-id",
            "the row names no lead",
            column=header,
            values=self.table.columns[header],
        )
        return cells

    def times(
        self, header: str, *, observed_until: pd.Timestamp | None, required: bool
    ) -> tuple[pd.Series, Mask]:
        """Return moments in UTC, and which were written as a day only.

        Raises
        ------
        InputError
            ``naive-time``: a local time, and the mapping declares no zone.
        """
        column = self.columns[header]
        cells = self.text(header)
        form = column.format or self.mapping.format
        times = parse_times(cells, cells.isna().to_numpy(), form=form, zone=self.mapping.zone)
        if times.is_naive.any():
            raise self._naive(header, cells, int(np.flatnonzero(times.is_naive)[0]))
        self._refuse_unreadable(header, cells, times, form)
        told: list[tuple[Mask, str, str]] = [
            ((times.value < OLDEST).to_numpy(), "time-out-of-range", f"before {OLDEST.year}")
        ]
        if observed_until is not None:
            late = (times.value > observed_until + SKEW).to_numpy()
            told.append((late, "future-time", "after observed_until"))
        if required:
            told.append((times.value.isna().to_numpy(), "missing-time", "no date"))
        for rows, code, reason in told:
            self.sieve.refuse(rows, code, reason, column=header, values=cells)
        n_twice = int((times.is_fold & self.sieve.keep).sum())
        self.note(
            n_twice, f"times of {header} happened twice at a clock change; the first is taken"
        )
        n_placeholders = int((times.is_sentinel & self.sieve.keep).sum())
        self.note(n_placeholders, f"placeholder dates of {header} count as missing")
        return times.value, times.is_day

    def _naive(self, header: str, cells: pd.Series, at: int) -> InputError:
        return InputError(
            "naive-time",
            f"'{cells.iloc[at]}' has no offset from UTC, and no zone is declared",
            file=self.name,
            row=int(self.table.line[at]),
            column=header,
            fix="declare `zone` in the mapping (Europe/Paris)",
        )

    def _refuse_unreadable(self, header: str, cells: pd.Series, times: Times, form: str) -> None:
        """Refuse cells in another format, and local times that never were; propose a format."""
        bad = times.is_bad
        hint = ""
        if bad.sum() > self.mapping.max_reject_share * len(bad):
            hint = f"; {_better_form(str(cells[bad].iloc[0]))}"
        told = f"not a time written as {form}{hint}"
        self.sieve.refuse(bad, "bad-time", told, column=header, values=cells)
        told = f"the clocks of {self.mapping.zone} skipped this time"
        self.sieve.refuse(times.is_gap, "no-such-time", told, column=header, values=cells)

    def numbers(
        self, header: str, *, required: bool = False, span: tuple[float, float] | None = None
    ) -> Float:
        """Return finite numbers, NaN where absent."""
        column = self.columns[header]
        cells = self.text(header)
        absent = cells.isna().to_numpy()
        value, bad = parse_numbers(
            cells,
            absent,
            decimal=self.dialect.decimal,
            thousands=self.dialect.thousands,
            unit=column.unit,
        )
        told = f"not a number with decimal mark '{self.dialect.decimal}'"
        self.sieve.refuse(bad, "bad-number", told, column=header, values=cells)
        low, high = span or (column.range if column.range else (-np.inf, np.inf))
        with np.errstate(invalid="ignore"):
            outside = (value < low) | (value > high)
        self.sieve.refuse(
            outside,
            "number-out-of-range",
            f"outside {low:g} to {high:g}",
            column=header,
            values=cells,
        )
        if required:
            self.sieve.refuse(absent, "missing-number", "no number", column=header)
        return value

    def vocabulary(self, header: str, known: Mapping[str, str], *, what: str) -> pd.Series:
        """Return each row's declared meaning (null: refused) of its word.

        Words are found as declared, else without regard to case and spacing.
        """
        cells = self.text(header)
        if "" in known:
            cells = cells.fillna("")
        folded = {_folded(word): meaning for word, meaning in known.items()}
        codes, distinct = pd.factorize(cells)
        meanings = [known.get(str(word), folded.get(_folded(str(word)))) for word in distinct]
        hints = [f"{what} not in the mapping; {nearest(str(word), known)}" for word in distinct]
        unknown = np.array([*(m is None for m in meanings), False])[codes]
        self.sieve.refuse(
            unknown, f"unknown-{what}", _taken(hints, codes), column=header, values=cells
        )
        self.sieve.refuse(cells.isna().to_numpy(), f"missing-{what}", f"no {what}", column=header)
        return _taken(meanings, codes)


def _folded(word: str) -> str:
    return " ".join(word.casefold().split())


def _taken(texts: Sequence[str | None], codes: npt.NDArray[np.intp]) -> pd.Series:
    """Return ``texts[codes]`` as text, null where the code is -1."""
    return pd.Series(pd.array(texts, dtype="str").take(codes, allow_fill=True), dtype="str")


def _better_form(text: str) -> str:
    """Say which formats would read this text."""
    cell = pd.Series([text], dtype="str")
    fits = [
        f
        for f in _FORMATS
        if not parse_times(cell, np.zeros(1, np.bool_), form=f, zone="UTC").is_bad[0]
    ]
    if fits:
        return "declare `format`: " + " or ".join(f"'{form}'" for form in fits)
    serial = re.fullmatch(r"(\d+)(\.\d+)?", text)
    if serial and (form := _SERIALS.get(len(serial.group(1)))):
        return f"declare `format`: '{form}' if these are serial numbers"
    return "declare `format` as in strptime"
