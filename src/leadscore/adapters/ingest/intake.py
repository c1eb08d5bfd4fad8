"""One file of an export on its way in: cells read by contract, bad rows refused, oddities noted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.adapters.cells import words
from leadscore.adapters.cells.parsing import Times, better_mark, parse_numbers, parse_times
from leadscore.adapters.cells.time_units import SCALES, other_units
from leadscore.adapters.ingest.id_rules import IdRules
from leadscore.adapters.ingest.sieve import Sieve
from leadscore.adapters.ingest.tally import Tally
from leadscore.adapters.rows.csv_text import TextTable
from leadscore.domain.errors import InputError, nearest
from leadscore.domain.mapping import Column, Dialect, Role, SourceMapping

Mask = npt.NDArray[np.bool_]
Float = npt.NDArray[np.float64]

OLDEST = pd.Timestamp("2000-01-01", tz="UTC")
SKEW = pd.Timedelta(minutes=10)
"""Clocks of two systems may differ by this much."""


class Intake:
    """The cells of a file or of a chunk of it, by header; methods refuse rows in `sieve`.

    They return one value for each row, refused ones too; `sieve.keep` says which count. What they
    note goes into a `tally`, which the chunks of a file share; `id_rules` hold for a whole export.
    """

    def __init__(
        self,
        mapping: SourceMapping,
        dialect: Dialect,
        columns: dict[str, Column],
        table: TextTable,
        name: str,
        *,
        tally: Tally | None = None,
        id_rules: IdRules | None = None,
    ) -> None:
        self.mapping, self.dialect, self.columns, self.table, self.name = (
            mapping,
            dialect,
            columns,
            table,
            name,
        )
        self.sieve = Sieve(name, table.line, n_unreadable=len(table.bad_rows))
        self.tally = Tally(name) if tally is None else tally
        self.id_rules = IdRules() if id_rules is None else id_rules
        self._tidy: dict[str, pd.Series] = {}

    def again(self) -> Intake:
        """Return an intake of the rows still in, to read a second table from the same file."""
        kept = {
            header: cells[self.sieve.keep].reset_index(drop=True)
            for header, cells in self.table.columns.items()
        }
        line, number = self.table.line[self.sieve.keep], self.table.number[self.sieve.keep]
        table = TextTable(kept, line, number, self.table.headers, ())
        return Intake(
            self.mapping, self.dialect, self.columns, table, self.name, id_rules=self.id_rules
        )

    def header_of(self, role: Role) -> str | None:
        """Header of the column with this role, or None."""
        return next(
            (header for header, column in self.columns.items() if column.role == role), None
        )

    def note(self, n: int, text: str) -> None:
        """Warn of `n` rows, if there are any."""
        self.tally.note(n, text)

    def text(self, header: str) -> pd.Series:
        """Return trimmed text; null words are null, and words of the column's `values` replaced."""
        if header not in self._tidy:
            column = self.columns.get(header)
            cells = words.tidy(self.table.columns[header])
            cells = cells.mask(words.is_absent(cells, words.null_words(self.mapping.nulls, column)))
            if column is not None and (instead := column.values):  # noqa: PD011  # a setting
                cells = words.on_distinct(cells, lambda word: instead.get(word, word))
            self._tidy[header] = cells
        return self._tidy[header]

    def ids(self, header: str) -> pd.Series:
        """Return ids as clean text, leads under the id they have now; refuse rows without one."""
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
        is_tidied = (cells != self.table.columns[header]).to_numpy() & self.sieve.keep
        told = "were written with spaces or invisible characters, or in another Unicode form"
        self.note(int(is_tidied.sum()), f"{header} {told}; they count without")
        return self._as_now(header, cells) if column.role == "lead_id" else cells

    def _as_now(self, header: str, cells: pd.Series) -> pd.Series:
        """Return lead ids in their long form, and those of merged leads as the surviving lead's.

        In a file with one row a lead the row of a merged lead goes if the survivor has its own.
        """
        roles = {column.role for column in self.columns.values()}
        if roles & {"created_at", "order", "property"} and "valid_from" not in roles:
            self.id_rules.learn(cells[self.sieve.keep])
            for n, told in self.id_rules.oddities:
                self.note(n, f"{header} {told}")
        cells, n_longer = self.id_rules.long_form(cells)
        self.note(n_longer, f"{header} are ids of 15 characters; their form of 18 is taken")
        now, is_merged = self.id_rules.survivors(cells)
        if roles & {"field", "valid_from"}:
            told = (
                "rows of merged leads are left out; the lead they were merged into has other values"
            )
            self.note(self.sieve.leave_out(is_merged), told)
            return now
        if "occurred_at" in roles or "opened_at" in roles:
            self.note(
                int((is_merged & self.sieve.keep).sum()),
                "rows of merged leads count for the lead they were merged into",
            )
            return now
        is_doubled = is_merged & now.isin(cells[self.sieve.keep & ~is_merged]).to_numpy()
        self.note(
            self.sieve.leave_out(is_doubled),
            "rows of merged leads are left out; the lead they were merged into has its own",
        )
        self.note(
            int((is_merged & self.sieve.keep).sum()),
            "rows of merged leads count for the lead they were merged into",
        )
        return now.where(~is_doubled, cells)

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
        times = parse_times(
            cells,
            cells.isna().to_numpy(),
            form=form,
            zone=self.mapping.zone,
            repeated="second" if self.mapping.repeated_hour == "second" else "first",
        )
        if times.is_naive.any():
            raise self._naive(header, cells, int(np.flatnonzero(times.is_naive)[0]))
        self._refuse_unreadable(header, cells, times, form)
        told: list[tuple[Mask, str, str]] = [
            ((times.value < OLDEST).to_numpy(), "time-out-of-range", f"before {OLDEST.year}")
        ]
        if observed_until is not None:
            ahead = (times.value > observed_until).to_numpy()
            late = (times.value > observed_until + SKEW).to_numpy()
            told.append((late, "future-time", "after observed_until"))
            n_skewed = int((ahead & ~late & self.sieve.keep).sum())
            self.note(
                n_skewed, f"times of {header} are up to 10 minutes after observed_until; they stay"
            )
        if required:
            told.append((times.value.isna().to_numpy(), "missing-time", "no date"))
        for rows, code, reason in told:
            self.sieve.refuse(rows, code, reason, column=header, values=cells)
        self._note_clock_changes(header, times)
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

    def _note_clock_changes(self, header: str, times: Times) -> None:
        n_twice = int((times.is_fold & self.sieve.keep).sum())
        which = "second" if self.mapping.repeated_hour == "second" else "first"
        self.note(
            n_twice, f"times of {header} happened twice at a clock change; the {which} is taken"
        )
        self.note(
            int((times.is_gap & self.sieve.keep).sum()),
            f"times of {header} were skipped at a clock change; the first moment after is taken",
        )

    def _refuse_unreadable(self, header: str, cells: pd.Series, times: Times, form: str) -> None:
        """Refuse cells in another format, and local times that never were or were twice.

        What else the cells could be is counted for the whole file.
        """
        bad = times.is_bad
        self.tally.saw_times(
            header,
            form,
            n_cells=len(bad),
            n_present=int(cells.notna().sum()),
            n_bad=int(bad.sum()),
            first_bad="" if not bad.any() else str(cells[bad].iloc[0]),
        )
        if form in SCALES:
            number, _ = parse_numbers(cells, cells.isna().to_numpy())
            self.tally.saw_units(
                header,
                {
                    unit: (len(at), int(self.table.line[at[0]]), str(cells.iloc[at[0]]))
                    for unit, at in other_units(number, form).items()
                },
            )
        told = f"not a time written as {form}"
        self.sieve.refuse(bad, "bad-time", told, column=header, values=cells)
        zone = self.mapping.zone
        if self.mapping.skipped_hour == "refuse":
            told = f"the clocks of {zone} skipped this time"
            self.sieve.refuse(times.is_gap, "no-such-time", told, column=header, values=cells)
        if self.mapping.repeated_hour == "refuse":
            told = f"the clocks of {zone} showed this time twice"
            self.sieve.refuse(times.is_fold, "time-was-twice", told, column=header, values=cells)

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
        other = better_mark(cells[bad], decimal=self.dialect.decimal)
        told = f"not a number with decimal mark '{self.dialect.decimal}'{other}"
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
