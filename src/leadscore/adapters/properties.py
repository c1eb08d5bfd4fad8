"""Properties of leads: each column read by its kind, and side tables joined by key."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.adapters import words
from leadscore.adapters.intake import Intake
from leadscore.domain.mapping import Column, Lookup, Property, SourceMapping

Mask = npt.NDArray[np.bool_]


def properties_of(mapping: SourceMapping) -> tuple[Property, ...]:
    """Return what is known of each property of the leads table, in the order of the mapping."""
    return tuple(
        Property(
            name=name,
            kind=c.kind,
            known=c.known,
            label=c.label or name.replace("_", " "),
            excluded=c.excluded,
        )
        for name, c in mapping.property_columns().items()
    )


def read_properties(intake: Intake) -> dict[str, pd.Series]:
    """Return the properties a file holds, by name: `str`, or `float64` for numbers and flags."""
    found = {}
    for header, column in intake.columns.items():
        if column.role == "property" and column.name is not None:
            found[column.name] = _read_property(intake, header, column)
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


def _read_property(intake: Intake, header: str, column: Column) -> pd.Series:
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
            f"{header} are no mail domain; they count as missing",
        )
        return found
    if column.kind == "country":
        return words.countries(cells)
    if column.kind == "job_title":
        return words.on_distinct(cells, lambda word: " ".join(word.split()))
    spelled, n_merged = words.one_spelling(cells)
    intake.note(
        n_merged, f"spellings of {header} differ only in case or spacing; the most frequent is kept"
    )
    return spelled
