"""The cells of a CRM's import file, column by column: numbers, words, moments and reasons as CSV.

No text cell starts like a formula; no text is longer than the CRM's field. Both are counted.
"""

from __future__ import annotations

import functools
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from leadscore.delivery.spreadsheet import FORMULA_START
from leadscore.domain.crm_fields import Crm, Field, Kind
from leadscore.domain.issuing_settings import BETWEEN

MORE = "..."
"""What ends a text that was cut; ASCII, so that no encoding spoils it."""
_TEXT = pa.large_string()
_IS_FORMULA = "^[" + "".join(rf"\x{{{ord(c):x}}}" for c in FORMULA_START) + "]"


@dataclass
class Counts:
    """How many cells were shortened to fit, and escaped since they start like a formula, by field."""

    shortened: Counter[str] = field(default_factory=Counter)
    escaped: Counter[str] = field(default_factory=Counter)


def cells(column: pd.Series, about: Field, crm: Crm, counts: Counts) -> pa.LargeStringArray:
    """Return the cells of a column as CSV writes them; texts are in quotes, missing values are not.

    Parameters
    ----------
    column
        The field's column of `schemas.ISSUED`, one value per lead.
    counts
        Gets what was shortened and escaped.
    """
    return _WRITTEN[about.kind](column, about, crm, counts)


def shortened(text: str, limit: int, *, in_bytes: bool = False) -> str:
    """Return a text of at most `limit` characters (or UTF-8 bytes), cut after a whole reason if one fits.

    Examples
    --------
    >>> shortened("Asked for a demo (+9); Opened a mail (+2)", 30)
    'Asked for a demo (+9); ...'
    >>> shortened("Asked for a demo (+9)", 12)
    'Asked for...'
    """
    # Byte for byte as characters: the cut is the same, and may halve a character only where no reason ends.
    raw = text.encode().decode("latin-1") if in_bytes else text
    if len(raw) <= limit:
        return text
    room = limit - len(MORE)
    at = raw.rfind(BETWEEN, 0, room)
    kept = raw[: at + len(BETWEEN)] if at > 0 else raw[:room].rstrip()
    return (kept.encode("latin-1").decode(errors="ignore") if in_bytes else kept) + MORE


def _texts(column: pd.Series, about: Field, crm: Crm, counts: Counts) -> pa.LargeStringArray:
    """Return texts that may all differ: escaped, cut where they are reasons, in quotes."""
    text = _escaped(_as_text(column), about, counts)
    if about.kind is Kind.REASONS and crm.text_limit is not None:
        text = _cut_to(
            text, crm.text_limit, in_bytes=crm.unit == "bytes", about=about, counts=counts
        )
    missing = crm.no_reasons if about.kind is Kind.REASONS else crm.no_value
    return _or(_quoted(text), missing)


def _words(column: pd.Series, about: Field, crm: Crm, counts: Counts) -> pa.LargeStringArray:
    """Return texts of which there are few: each one is written once and repeated."""
    coded = pc.dictionary_encode(_as_text(column))
    known = pc.utf8_slice_codeunits(coded.dictionary, 0, about.first or 2**31 - 1)
    before, own = known, Counts()
    known = _escaped(known, about, own)
    if own.escaped:
        rows = np.bincount(coded.indices.drop_null().to_numpy(), minlength=len(known))
        differs = pc.not_equal(before, known).to_numpy(zero_copy_only=False)
        counts.escaped[about.name] += int(rows[differs].sum())
    return _or(_quoted(known).take(coded.indices), crm.no_value)


def _numbers(column: pd.Series, about: Field, crm: Crm, _: Counts) -> pa.LargeStringArray:
    values = column.to_numpy(dtype=np.float64, na_value=np.nan)
    is_missing = np.isnan(values)
    at = np.rint(np.where(is_missing, 0.0, values) * 10**about.decimals).astype(np.int64)
    known = _every_number(about.decimals, about.high)
    return _or(known.take(pa.array(at, mask=is_missing)), crm.no_value)


@functools.cache
def _every_number(decimals: int, high: int) -> pa.LargeStringArray:
    """Return each number from 0 to `high` as it is written: there are some thousands."""
    steps = 10**decimals
    return pa.array([f"{n / steps:.{decimals}f}" for n in range(high * steps + 1)], _TEXT)


def _flags(column: pd.Series, about: Field, crm: Crm, _: Counts) -> pa.LargeStringArray:
    yes, no = (pa.scalar(word, _TEXT) for word in crm.flag)
    is_set = pa.array(column, pa.bool_(), from_pandas=True)
    return _or(pc.if_else(is_set, yes, no), crm.no_value)


def _moments(column: pd.Series, about: Field, crm: Crm, _: Counts) -> pa.LargeStringArray:
    codes, known = pd.factorize(column)  # one partition has one moment
    told = pa.array([moment.strftime(crm.moment) for moment in pd.DatetimeIndex(known)], _TEXT)
    return _or(_quoted(told).take(pa.array(codes, mask=codes < 0)), crm.no_value)


_Writing = Callable[[pd.Series, Field, Crm, Counts], pa.LargeStringArray]
_WRITTEN: dict[Kind, _Writing] = {
    Kind.KEY: _texts, Kind.REASONS: _texts, Kind.CHOICE: _words, Kind.WORD: _words,
    Kind.NUMBER: _numbers, Kind.FLAG: _flags, Kind.MOMENT: _moments,
}  # fmt: skip


def _as_text(column: pd.Series) -> pa.LargeStringArray:
    text = pa.array(column, from_pandas=True)
    if isinstance(text, pa.ChunkedArray):
        text = text.combine_chunks()
    return text.cast(_TEXT)


def _escaped(text: pa.LargeStringArray, about: Field, counts: Counts) -> pa.LargeStringArray:
    is_formula = pc.match_substring_regex(text, _IS_FORMULA)
    n = pc.sum(is_formula).as_py() or 0
    if not n:
        return text
    counts.escaped[about.name] += n
    safe = pc.binary_join_element_wise(_one("'"), text, _one(""))
    return pc.if_else(is_formula, safe, text)


def _cut_to(
    text: pa.LargeStringArray, limit: int, *, in_bytes: bool, about: Field, counts: Counts
) -> pa.LargeStringArray:
    lengths = pc.binary_length(text) if in_bytes else pc.utf8_length(text)
    is_long = pc.fill_null(pc.greater(lengths, limit), fill_value=False)
    n = pc.sum(is_long).as_py() or 0
    if not n:
        return text
    counts.shortened[about.name] += n
    cut = [shortened(t, limit, in_bytes=in_bytes) for t in text.filter(is_long).to_pylist()]
    return pc.replace_with_mask(text, is_long, pa.array(cut, _TEXT))


def _quoted(text: pa.LargeStringArray) -> pa.LargeStringArray:
    doubled = pc.replace_substring(text, '"', '""')
    return pc.binary_join_element_wise(_one('"'), doubled, _one('"'), _one(""))


def _or(text: pa.LargeStringArray, missing: str) -> pa.LargeStringArray:
    return pc.fill_null(text, _one(missing)) if text.null_count else text


def _one(text: str) -> pa.Scalar:
    return pa.scalar(text, _TEXT)
