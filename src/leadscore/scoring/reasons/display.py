"""What remains of a value when it is shown: rounded as a rep reads it, so that few distinct phrases are left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import numpy as np
import numpy.typing as npt

from leadscore.history.facts import Fact, FactKind, Language
from leadscore.history.quantities import LARGEST, number_text, percent_text

Float = npt.NDArray[np.float64]
Codes = npt.NDArray[np.intp]
Style = Literal["hidden", "whole", "tenth", "percent", "general", "flag", "level"]

_STYLES: tuple[Style, ...] = ("hidden", "whole", "tenth", "percent", "general", "flag", "level")
_OF_KIND: dict[FactKind, Style] = {
    "decayed_sum": "tenth",
    "value_sum": "general",
    "value_last": "general",
    "ratio": "percent",
    "number": "general",
    "flag": "flag",
    "category": "level",
    "derived": "level",
}
MISSING = -np.inf
"""Stands for a missing value among shown ones: no shown number is infinite."""

_HALF = 0.5
_BEYOND = 2 * LARGEST


def style_of(fact: Fact) -> int:
    """Return how values of a fact are rounded, as a number for `shown`; counts and days are whole."""
    return _STYLES.index(_OF_KIND.get(fact.is_, "whole") if fact.shows == "value" else "hidden")


def shown(style: Codes, value: Float) -> Float:
    """Return what remains of each value when it is shown, float64 like `value`.

    Whole numbers are rounded half up, others to three digits, at most to a millionth; levels stay codes, a
    flag is 0 or 1, of what is hidden only remains whether it is there (0). Missing is `MISSING`, and
    beyond 10^15 all is alike.
    """
    value = np.clip(value, -_BEYOND, _BEYOND)
    out = np.floor(value + _HALF)
    for name, rounded in _ROUNDED.items():
        at = style == _STYLES.index(name)
        if at.any():
            out[at] = rounded(value[at])
    is_beyond = np.abs(out) > LARGEST
    out[is_beyond] = np.copysign(_BEYOND, out[is_beyond])
    return np.where(np.isnan(value), MISSING, out + 0.0)


def written(fact: Fact, value: float, language: Language) -> str:
    """Return one shown number as text, without its sign where the sentence says it."""
    if fact.is_ == "ratio":
        return percent_text(value, language)
    return number_text(abs(value) if fact.is_ == "trend" else value, language)


def _tenth(value: Float) -> Float:
    return np.asarray(np.round(value, 1))


def _percent(value: Float) -> Float:
    return np.floor(100 * value + _HALF)


def _three_digits(value: Float) -> Float:
    """Return numbers with three digits that count: 1,234 stays whole, 12.34 is 12.3, 0.01234 is 0.0123."""
    size = np.abs(value)
    with np.errstate(divide="ignore", invalid="ignore"):
        decimals = np.clip(2 - np.floor(np.log10(size)), 0, 6)
    unit = 10.0 ** np.nan_to_num(decimals)
    return np.asarray(np.rint(value * unit) / unit)


_ROUNDED: dict[Style, Callable[[Float], Float]] = {
    "tenth": _tenth,
    "percent": _percent,
    "general": _three_digits,
    "flag": lambda value: (value != 0).astype(np.float64),
    "hidden": np.zeros_like,
}
