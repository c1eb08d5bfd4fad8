"""Typed columns as text in one spelling, so that a mapping reads them as it reads a CSV.

Null and NaN become ``""``; flags ``true``/``false``; whole numbers plain (``123``, also where the
source stores them as floats); other numbers shortest (``1234.5``) with the mapping's decimal mark;
days ``YYYY-MM-DD``; times ISO 8601, those with a zone in UTC (``+00:00``).
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

TEXT = pa.large_string()
MAX_WHOLE = 2.0**53
"""Above this a float skips whole numbers: what it was is lost."""


def has_text(kind: pa.DataType) -> bool:
    """Say whether values of a type can stand in one cell of text."""
    kind = _stored(kind)
    nested = pa.types.is_nested(kind) or pa.types.is_union(kind)
    binary = pa.types.is_binary(kind) or pa.types.is_large_binary(kind)
    fixed = pa.types.is_fixed_size_binary(kind) or pa.types.is_binary_view(kind)
    span = pa.types.is_duration(kind) or pa.types.is_interval(kind)
    return not (nested or binary or fixed or span)


def as_text(cells: pa.Array | pa.ChunkedArray, *, decimal: str = ".") -> pa.Array:
    """Return one column as large_string without nulls.

    Parameters
    ----------
    cells
        A column of a type that `has_text`.
    decimal
        The mark that numbers get: the one that the mapping declares for the file.
    """
    whole = cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells
    stored = whole.storage if isinstance(whole, pa.ExtensionArray) else whole
    if pa.types.is_dictionary(stored.type):
        stored = stored.cast(stored.type.value_type)
    return pc.fill_null(_spelled(stored, decimal), "")


def _stored(kind: pa.DataType) -> pa.DataType:
    if isinstance(kind, pa.BaseExtensionType):
        return _stored(kind.storage_type)
    return _stored(kind.value_type) if pa.types.is_dictionary(kind) else kind


def _spelled(cells: pa.Array, decimal: str) -> pa.Array:
    kind = cells.type
    if pa.types.is_floating(kind):
        return _marked(_floats(cells), decimal)
    if pa.types.is_decimal(kind):
        return _marked(cells.cast(TEXT), decimal)
    if pa.types.is_timestamp(kind):
        return _times(cells)
    if pa.types.is_time(kind):
        return _without_zeros(cells.cast(TEXT))
    return cells.cast(TEXT)


def _floats(cells: pa.Array) -> pa.Array:
    """Return numbers as text; what is whole in the computer is written as whole."""
    filled = pc.if_else(pc.is_nan(cells), pa.scalar(None, cells.type), cells)
    exact = filled.cast(pa.float64())
    is_whole = pc.and_(pc.equal(pc.floor(exact), exact), pc.less(pc.abs(exact), MAX_WHOLE))
    digits = pc.if_else(is_whole, exact, 0.0).cast(pa.int64(), safe=False).cast(TEXT)
    return pc.if_else(is_whole, digits, filled.cast(TEXT))


def _marked(text: pa.Array, decimal: str) -> pa.Array:
    return text if decimal == "." else pc.replace_substring(text, ".", decimal)


def _times(cells: pa.Array) -> pa.Array:
    """Return ISO 8601; the stored number of a time with a zone already counts in UTC."""
    aware = cells.type.tz is not None
    naive = cells.cast(pa.timestamp(cells.type.unit)) if aware else cells
    text = pc.replace_substring(_without_zeros(naive.cast(TEXT)), " ", "T", max_replacements=1)
    if not aware:
        return text
    return pc.binary_join_element_wise(text, pa.scalar("+00:00", TEXT), pa.scalar("", TEXT))


def _without_zeros(text: pa.Array) -> pa.Array:
    return pc.replace_substring_regex(text, r"\.0+$", "")
