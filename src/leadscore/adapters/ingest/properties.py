"""Properties of leads: each column read by its kind, and side tables joined by key."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.adapters.cells import words
from leadscore.adapters.ingest.intake import Intake
from leadscore.domain.errors import GateError
from leadscore.domain.mapping import Column, Lookup, Property, SourceMapping

Mask = npt.NDArray[np.bool_]

_ENOUGH_ROWS = 20
"""In fewer rows it is chance that a column says nothing."""


def properties_of(mapping: SourceMapping) -> tuple[Property, ...]:
    """Return what is known of each property of the leads table, in the order of the mapping."""
    return tuple(
        Property(
            name=name,
            kind=c.kind,
            known=c.known,
            label=c.label or name.replace("_", " "),
            excluded=c.excluded,
            is_private=c.is_private,
        )
        for name, c in mapping.property_columns().items()
    )


def read_properties(intake: Intake) -> dict[str, pd.Series]:
    """Return the properties a file holds, by name: `str`, or `float64` for numbers and flags.

    Raises
    ------
    GateError
        ``empty-column``: a property that may become a feature has no value in any of 20 rows or more.
    """
    found = {}
    for header, column in intake.columns.items():
        if column.role == "property" and column.name is not None:
            cells = read_property(intake, header, column)
            if column.kind == "category":
                cells = _one_spelling(intake, header, cells)
            _says_something(intake, header, column, cells)
            found[column.name] = cells
    return found


def joined_lookup(intake: Intake, lookup: Lookup, side: Intake) -> dict[str, pd.Series]:
    """Return the properties of a side table for each row of `intake`; null where no key is found.

    Parameters
    ----------
    intake
        The file whose column ``lookup.by`` holds the keys.
    lookup
        How the side table is joined.
    side
        The side table; its rows with a blank or contradicted key are refused.
    """
    key_header = side.header_of("key")
    if key_header is None:
        raise ValueError("a lookup has a key by its schema")
    values = read_properties(side)
    keys = side.ids(key_header)
    _one_row_a_key(side, key_header, keys)
    row_of = pd.Series(np.flatnonzero(side.sieve.keep), index=keys[side.sieve.keep])
    asked = words.clean_ids(intake.text(lookup.by))
    if instead := lookup.values:  # noqa: PD011  # a setting, no table
        asked = words.on_distinct(asked, lambda word: instead.get(word, word))
    place = row_of.reindex(asked).to_numpy(dtype=np.float64, na_value=np.nan)
    missing = np.isnan(place) & asked.notna().to_numpy()
    if (noted := missing & intake.sieve.keep).any():
        first = asked[noted].iloc[0]
        told = f"rows have a {lookup.by} that {lookup.path} does not hold (first: '{first}')"
        intake.note(int(noted.sum()), told)
    at = np.where(np.isnan(place), -1, place).astype(np.intp)
    return {
        name: pd.Series(cells.array.take(at, allow_fill=True), dtype=cells.dtype)
        for name, cells in values.items()
    }


def _one_row_a_key(side: Intake, header: str, keys: pd.Series) -> None:
    table = pd.DataFrame(
        {h: side.text(h) for h in side.columns if h in side.table.columns} | {"": keys}
    )
    again = table.duplicated().to_numpy()
    side.note(side.sieve.drop_repeats(again), "rows repeat an earlier one identically; one is kept")
    twice = keys.where(side.sieve.keep).duplicated(keep=False).to_numpy()
    side.sieve.refuse(
        twice,
        "conflicting-key",
        "several rows with this key say different things",
        column=header,
        values=keys,
    )


def read_property(intake: Intake, header: str, column: Column) -> pd.Series:
    """Return one column by its kind; categories as they are spelled."""
    cells = intake.text(header)
    if column.kind == "number":
        return pd.Series(intake.numbers(header))
    if column.kind == "flag":
        value, bad = words.flags(cells)
        intake.sieve.refuse(bad, "bad-flag", "neither yes nor no", column=header, values=cells)
        return pd.Series(value)
    if column.kind in ("email", "email_domain"):
        found, bad = words.domains(cells, from_address=column.kind == "email")
        intake.note(
            int((bad & intake.sieve.keep).sum()),
            f"{header} are no mail domain; they count as invalid",
        )
        return found
    if column.kind in ("country", "language"):
        read = words.countries if column.kind == "country" else words.languages
        found, unknown = read(cells)
        told = f"{header} are no {column.kind} we know; they are kept as written"
        intake.note(int((unknown & intake.sieve.keep).sum()), told)
        return found
    if column.kind == "job_title":
        return words.on_distinct(cells, lambda word: " ".join(word.split()))
    return cells


def _one_spelling(intake: Intake, header: str, cells: pd.Series) -> pd.Series:
    spelled, n_merged = words.one_spelling(cells)
    intake.note(
        n_merged,
        f"spellings of {header} differ only in case, accents or spacing; the most frequent is kept",
    )
    return spelled


def _says_something(intake: Intake, header: str, column: Column, cells: pd.Series) -> None:
    """Refuse a column without any value, and note one in which all rows say the same."""
    n = len(cells)
    if n < _ENOUGH_ROWS or column.excluded is not None:
        return
    if intake.text(header).isna().all():
        raise GateError(
            "empty-column",
            f"none of {n:,} rows has a value",
            file=intake.name,
            column=header,
            fix="check who may see this field in the CRM, or give it the role `ignore` in the mapping",
        )
    kept = cells[intake.sieve.keep]
    if len(kept) >= _ENOUGH_ROWS and len(pd.factorize(kept, use_na_sentinel=False)[1]) == 1:
        intake.note(len(kept), f"rows hold the same {header} ('{kept.iloc[0]}'): it tells nothing")
