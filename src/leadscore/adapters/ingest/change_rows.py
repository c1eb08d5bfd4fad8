"""Rows of an export that tell how properties of leads changed, read chunk by chunk.

A row is one change of one field, or one state of a lead (a version) from a moment on. Values are
read by the property's kind exactly like exported ones.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from leadscore.adapters.cells import words
from leadscore.adapters.ingest.dated_tables import refuse_orphans
from leadscore.adapters.ingest.desk import Desk
from leadscore.adapters.ingest.intake import Intake
from leadscore.adapters.ingest.properties import read_property
from leadscore.adapters.rows.csv_text import TextTable
from leadscore.domain.errors import InputError, nearest
from leadscore.domain.mapping import Column, File, Role, SourceMapping
from leadscore.domain.mapping_history import Form, form_of, told_by
from leadscore.domain.schemas import TIME

Codes = npt.NDArray[np.intp]
Told = tuple[int, pd.Series, pd.Series]
"""Place of a property in the histories; new and old value of each row."""

_SHOWN_WORDS = 20


@dataclass(frozen=True)
class History:
    """A property whose history the export tells, and how; `is_exported`: the leads' file has it too."""

    name: str
    column: Column
    form: Form
    is_exported: bool


def histories_of(mapping: SourceMapping) -> tuple[History, ...]:
    """Return the properties with a history, in the order of the mapping."""
    forms = {name: form_of(f) for f in mapping.feeding("changes") for name in told_by(f)}
    leads = mapping.feeding("leads")
    sides = [side.columns for file in leads for side in file.lookups]
    own = {c.name for columns in (*(f.columns for f in leads), *sides) for c in columns.values()}
    return tuple(
        History(name, column, form, name in own)
        for name, column in mapping.property_columns().items()
        if (form := forms.get(name)) is not None
    )


def read_entries(desk: Desk, leads: pd.DataFrame, refused_ids: set[str]) -> pd.DataFrame:
    """Return the entries (`ChangeRows.entries`) of all files that tell histories.

    Raises
    ------
    InputError
        As `Desk.close` and `ChangeRows.refuse_silence`.
    """
    reader = ChangeRows(
        desk.mapping, leads=leads, refused_ids=refused_ids, observed_until=desk.until
    )
    files = desk.mapping.feeding("changes")
    for file in files:
        stream = desk.stream(file, file.columns, "changes")
        for intake in stream:
            reader.read(intake)
        stream.close()
    reader.refuse_silence(files)
    return reader.entries()


class ChangeRows:
    """Reads files of changes and of versions into entries: one row a value of a property.

    Parameters
    ----------
    mapping
        What the columns mean.
    leads
        The table of leads; an entry's `lead` is the place in it.
    refused_ids
        Leads that were refused.
    observed_until
        The declared moment of the export; changes after it are refused.
    """

    def __init__(
        self,
        mapping: SourceMapping,
        *,
        leads: pd.DataFrame,
        refused_ids: set[str],
        observed_until: pd.Timestamp | None,
    ) -> None:
        self._mapping, self._histories = mapping, histories_of(mapping)
        self._until = observed_until
        self._created, self._refused_ids = leads["created_at"], refused_ids
        self._ids = pd.Index(leads["lead_id"])
        self._n_rows = 0
        self._parts: list[pd.DataFrame] = []
        self._seen: set[str] = set()
        self._others: set[str] = set()

    def read(self, intake: Intake) -> None:
        """Take over the rows of a chunk."""
        code = self._fields(intake) if intake.header_of("field") else None
        ids = intake.ids(_needed(intake, "lead_id"))
        begins: Role = "occurred_at" if code is not None else "valid_from"
        at, _ = intake.times(_needed(intake, begins), observed_until=self._until, required=True)
        ends = _ends(intake, at)
        lead = refuse_orphans(
            intake, ids, leads=self._ids, refused_ids=self._refused_ids, what="change"
        )
        values = self._versions(intake) if code is None else self._changes(intake, code)
        early = (at.array < self._created.array.take(lead, allow_fill=True)) & intake.sieve.keep
        told = "rows are dated before their lead was created; they are kept"
        intake.note(int(early.sum()), told)
        rows = pd.DataFrame(
            {
                "lead": lead,
                "occurred_at": at,
                "until": ends,
                "row": np.arange(len(lead)) + self._n_rows,
            }
        )
        self._n_rows += len(lead)
        for place, value, old in values:
            here = intake.sieve.keep if code is None else intake.sieve.keep & (code == place)
            self._parts.append(rows.assign(property=place, value=value, old=old)[here])

    def entries(self) -> pd.DataFrame:
        """Return all entries so far.

        Returns
        -------
        Columns lead (place in the leads), property (place in `histories_of`), occurred_at, until (NaT:
        it lasts), value, old (text, null), row (grows with the place in the files).
        """
        empty = {name: pd.Series([], dtype="int64") for name in ("lead", "property", "row")}
        empty |= {name: pd.Series([], dtype=TIME) for name in ("occurred_at", "until")}
        empty |= {name: pd.Series([], dtype="str") for name in ("value", "old")}
        return pd.concat(self._parts, ignore_index=True) if self._parts else pd.DataFrame(empty)

    def refuse_silence(self, files: Sequence[File]) -> None:
        """Stop where no row names a property's field: all its leads would count as never changed.

        Raises
        ------
        InputError
            ``no-such-field``: with the words that the rows hold.
        """
        for file in files:
            header = file.header_of("field")
            for name in told_by(file) if header else ():
                if name in self._seen:
                    continue
                meanings = file.columns[str(header)].values  # noqa: PD011  # a setting, no table
                word = next(word for word, meaning in meanings.items() if meaning == name)
                held = f"; {nearest(word, self._others)}" if self._others else ""
                raise InputError(
                    "no-such-field",
                    f"no row tells a change of `{name}` ('{word}'){held}",
                    file=file.path,
                    column=header,
                    fix="correct the word in `values`, or declare `known: as_exported`",
                )

    def _fields(self, intake: Intake) -> Codes:
        """Return which property each row tells of; rows of other fields are left out."""
        header = _needed(intake, "field")
        column = intake.columns[header]
        cells = words.tidy(intake.table.columns[header])
        absent = words.is_absent(cells, words.null_words(self._mapping.nulls, column))
        intake.sieve.refuse(absent, "missing-field", "no field", column=header)
        place_of = {history.name: place for place, history in enumerate(self._histories)}
        known = {_folded(w): place_of[name] for w, name in column.values.items()}  # noqa: PD011
        codes, distinct = pd.factorize(cells)
        meant = np.array([known.get(_folded(str(w)), -1) for w in distinct] + [-1], dtype=np.intp)
        code = meant[codes]
        other = (code < 0) & ~absent
        left = sorted({str(word) for word in cells[other].unique()})
        self._others = {*sorted({*self._others, *left})[:_SHOWN_WORDS]}
        self._seen |= {self._histories[place].name for place in meant if place >= 0}
        told = f"rows are of a {header} that the mapping does not name; they are left out"
        intake.tally.note(intake.sieve.leave_out(other), told, words=left)
        return code

    def _changes(self, intake: Intake, code: Codes) -> list[Told]:
        """Return new and old values of each property, in rows of the chunk."""
        found = []
        old_header = intake.header_of("old_value")
        for place in np.unique(code[intake.sieve.keep]):
            column, mine = self._histories[place].column, code == place
            value = _cells(intake, _needed(intake, "new_value"), column, mine)
            old = None if old_header is None else _cells(intake, old_header, column, mine)
            found.append((int(place), value, _nothing(value) if old is None else old))
        return found

    def _versions(self, intake: Intake) -> list[Told]:
        place_of = {history.name: place for place, history in enumerate(self._histories)}
        found = []
        for header, column in intake.columns.items():
            if column.role == "property":
                value = as_text(read_property(intake, header, column))
                found.append((place_of[str(column.name)], value, _nothing(value)))
        return found


def as_text(values: pd.Series) -> pd.Series:
    """Return numbers as the shortest text that reads back as the same number; text as it is."""
    if values.dtype != np.float64:
        return values
    shown = pc.cast(pa.array(values + 0.0, from_pandas=True), pa.large_string())
    return pd.Series(pd.array(shown, dtype="str"), index=values.index)


def _cells(intake: Intake, header: str, prop: Column, mine: npt.NDArray[np.bool_]) -> pd.Series:
    """Return one property's cells of a column that many share, read as the leads' file is."""
    own = intake.columns[header]
    column = prop.model_copy(
        update={"nulls": [*prop.nulls, *own.nulls], "values": prop.values | own.values}  # noqa: PD011
    )
    table = intake.table
    cells = table.columns[header].where(mine, "")
    alone = Intake(
        intake.mapping,
        intake.dialect,
        {header: column},
        TextTable({header: cells}, table.line, table.number, table.headers, ()),
        intake.name,
        tally=intake.tally,
        id_rules=intake.id_rules,
    )
    alone.sieve = intake.sieve  # the same rows: what is refused here is refused there
    return as_text(read_property(alone, header, column))


def _ends(intake: Intake, at: pd.Series) -> pd.Series:
    """Return the first moment after each version, NaT while it lasts."""
    header = intake.header_of("valid_to")
    if header is None:
        return pd.Series(pd.NaT, index=at.index, dtype=TIME)
    ends, _ = intake.times(header, observed_until=None, required=False)
    told = "it ends before it begins"
    early = (ends < at).to_numpy()
    intake.sieve.refuse(early, "ends-before-start", told, column=header, values=intake.text(header))
    return ends


def _needed(intake: Intake, role: Role) -> str:
    header = intake.header_of(role)
    if header is None:
        raise ValueError(f"{intake.name}: the mapping was accepted without role `{role}`")
    return header


def _nothing(like: pd.Series) -> pd.Series:
    return pd.Series(None, index=like.index, dtype="str")


def _folded(word: str) -> str:
    return " ".join(word.casefold().split())
