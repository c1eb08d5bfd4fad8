"""Numbers that stand for times: units told apart by their size, and formats that would read a text."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.adapters.cells.parsing import parse_times

Float = npt.NDArray[np.float64]

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
_FROM, _UNTIL = 946_684_800, 4_102_444_800  # 2000 and 2100 [epoch s]


@dataclass(frozen=True)
class Scale:
    """A unit of time: how it is called, and which numbers mean the years 2000 to 2100."""

    words: str
    low: float
    high: float


SCALES = {
    "epoch_s": Scale("seconds since 1970", _FROM, _UNTIL),
    "epoch_ms": Scale("milliseconds since 1970", _FROM * 1e3, _UNTIL * 1e3),
    "epoch_us": Scale("microseconds since 1970", _FROM * 1e6, _UNTIL * 1e6),
    "excel": Scale("days of Excel since 1899-12-30", 36_526, 73_051),
    "excel_1904": Scale("days of Excel since 1904-01-01", 35_064, 71_589),
}
"""The two kinds of Excel days overlap: only the mapping can say which."""


def other_units(number: Float, form: str) -> dict[str, npt.NDArray[np.intp]]:
    """Return, for each other unit that some numbers fit and the declared one not, where they stand.

    Examples
    --------
    >>> other_units(np.array([1704096000.0, 1704096000000.0]), "epoch_s")
    {'epoch_ms': array([1])}
    """
    declared = SCALES[form]
    with np.errstate(invalid="ignore"):
        fits = (number >= declared.low) & (number < declared.high)
        found = {
            unit: np.flatnonzero(~fits & (number >= scale.low) & (number < scale.high))
            for unit, scale in SCALES.items()
            if unit != form and not unit.startswith("excel_")
        }
    return {unit: at for unit, at in found.items() if len(at)}


def better_form(text: str) -> str:
    """Say which formats would read this text."""
    cell = pd.Series([text], dtype="str")
    fits = [
        f
        for f in _FORMATS
        if not parse_times(cell, np.zeros(1, np.bool_), form=f, zone="UTC").is_bad[0]
    ]
    if fits:
        return "declare `format`: " + " or ".join(f"'{form}'" for form in fits)
    if re.fullmatch(r"\d+(\.\d+)?", text):
        for form, scale in SCALES.items():
            if scale.low <= float(text) < scale.high:
                return f"declare `format`: '{form}' if these are serial numbers"
    return "declare `format` as in strptime"
