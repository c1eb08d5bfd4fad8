"""Single values of Python as text in the spelling that all sources share (see `arrow_text`)."""

from __future__ import annotations

import datetime as dt
import decimal as dec
import math
import uuid
from collections.abc import Sequence

import pyarrow as pa

from leadscore.adapters.rows.arrow_text import MAX_WHOLE, TEXT, as_text

MAX_DIGITS = 1e15
"""A worksheet keeps 15 digits of a number; what is longer was lost when it was typed in."""

_STORED = {str: TEXT, bool: pa.bool_(), float: pa.float64(), dt.date: pa.date32()}
"""Types that Arrow spells faster where a column holds no other."""


class NoTextError(TypeError):
    """A value that no single cell of text can hold."""


def cell_text(value: object, decimal: str = ".") -> str:
    """Return a value as text; None and NaN as ``""``.

    Raises
    ------
    NoTextError
        It is a list, a record, binary, or of another type without a plain text.

    Examples
    --------
    >>> cell_text(123.0), cell_text(1234.5, ","), cell_text(True), cell_text(None)
    ('123', '1234,5', 'true', '')
    >>> cell_text(dt.date(2024, 1, 2)), cell_text(dt.datetime(2024, 1, 2, 3, 4, 5))
    ('2024-01-02', '2024-01-02T03:04:05')
    >>> cell_text(dt.timedelta(days=1, hours=6))
    '30:00:00'
    """
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | uuid.UUID):
        return str(value)
    if isinstance(value, float | dec.Decimal):
        return _number(value).replace(".", decimal)
    return _time(value)


def column_text(values: Sequence[object], decimal: str = ".") -> pa.Array:
    """Return values as large_string without nulls.

    Raises
    ------
    NoTextError
        As `cell_text`.
    """
    kinds = set(map(type, values)) - {type(None)}
    if len(kinds) == 1 and (stored := _STORED.get(kinds.pop())) is not None:
        return as_text(pa.array(values, stored), decimal=decimal)
    return pa.array([cell_text(value, decimal) for value in values], TEXT)


def has_lost_digits(value: object) -> bool:
    """Say whether a number is too long for a worksheet to have kept its last digits."""
    return isinstance(value, float) and abs(value) >= MAX_DIGITS and value.is_integer()


def _number(value: float | dec.Decimal) -> str:
    if math.isnan(value):
        return ""
    if isinstance(value, dec.Decimal):
        return f"{value:f}"
    whole = value.is_integer() and abs(value) < MAX_WHOLE
    return str(int(value)) if whole else repr(value)


def _time(value: object) -> str:
    if isinstance(value, dt.datetime) and value.tzinfo is not None:
        return value.astimezone(dt.UTC).isoformat()
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, dt.timedelta):
        minutes, seconds = divmod(round(value.total_seconds()), 60)
        return f"{minutes // 60:02d}:{minutes % 60:02d}:{seconds:02d}"
    raise NoTextError(type(value).__name__)
