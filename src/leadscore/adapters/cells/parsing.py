"""Text to times and numbers by declared contract; nothing is guessed and nothing raised.

Each parser returns the values and masks that say which cells could not be read and why; refusing
rows is the caller's business.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

Mask = npt.NDArray[np.bool_]
Float = npt.NDArray[np.float64]

SPACES = " \u00a0\u2007\u2009\u202f"
SENTINEL_DAYS = (
    "0001-01-01",
    "1899-12-30",
    "1899-12-31",
    "1900-01-01",
    "1904-01-01",
    "1970-01-01",
    "2999-12-31",
    "9999-12-31",
)
"""Days that systems write for "no date"."""

_DAY = r"\d{4}-\d{2}-\d{2}"
_CLOCK = r"[T ]\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?"
_NAIVE = rf"^{_DAY}({_CLOCK})?$"
_AWARE = rf"^{_DAY}{_CLOCK}(Z|[+-]\d{{2}}(:?\d{{2}})?)$"
_ZERO_DAY = r"^0{2,4}[-/.]0{2}[-/.]0{2,4}"
_EXCEL_ORIGIN = {"excel": pd.Timestamp("1899-12-30"), "excel_1904": pd.Timestamp("1904-01-01")}
_MICROS = {"epoch_s": 1e6, "epoch_ms": 1e3, "epoch_us": 1.0}


@dataclass(frozen=True)
class Times:
    """Moments read from text.

    Attributes
    ----------
    value
        datetime64[us, UTC]; NaT where absent, unreadable or a sentinel.
    is_bad
        Written otherwise than declared, or no day of the calendar.
    is_naive
        No offset written and no zone declared: no moment.
    is_gap, is_fold
        Local times that never were (the first moment after the gap is given), or were twice, at a
        clock change.
    is_sentinel
        A placeholder for "no date".
    is_day
        Written as a day without a time of day.
    """

    value: pd.Series
    is_bad: Mask
    is_naive: Mask
    is_gap: Mask
    is_fold: Mask
    is_sentinel: Mask
    is_day: Mask


def parse_times(
    text: pd.Series,
    absent: Mask,
    *,
    form: str,
    zone: str | None,
    repeated: Literal["first", "second"] = "first",
) -> Times:
    """Read moments.

    Parameters
    ----------
    text
        Trimmed text, one cell a row.
    absent
        Cells that say nothing; NaT without fault.
    form
        ``iso``, ``epoch_s``, ``epoch_ms``, ``epoch_us``, ``excel``, ``excel_1904`` or a strptime
        format.
    zone
        IANA zone of naive times; None: naive times are no moments.
    repeated
        Which of the two moments a local time is that was twice.
    """
    cells = _arrow(text)
    present = ~absent
    nothing = np.zeros(len(text), dtype=np.bool_)
    is_zero = present & _matches(cells, _ZERO_DAY)
    asked = present & ~is_zero
    is_day = nothing
    if form == "iso":
        aware, naive = asked & _matches(cells, _AWARE), asked & _matches(cells, _NAIVE)
        is_day = naive & _matches(cells, rf"^{_DAY}$")
    else:
        aware = asked if "%z" in form or form.startswith("epoch") else nothing
        naive = asked & ~aware
        if form.startswith("%") and not re.search(r"%[HIMSfXcT]", form):
            is_day = asked
    wall = _wall_clock(text, naive, form)
    moment = _moments(text, aware, form)
    value, is_gap, is_fold = _localized(wall, naive, zone, repeated)
    value = value.where(~aware, moment)
    is_sentinel = is_zero | _is_sentinel(wall) | _is_sentinel(moment)
    is_naive = naive & wall.notna().to_numpy() & ~is_sentinel if zone is None else nothing
    is_bad = asked & ((wall.isna() & moment.isna()).to_numpy())
    return Times(
        value=value.mask(is_sentinel),
        is_bad=is_bad,
        is_naive=is_naive,
        is_gap=is_gap & ~is_sentinel,
        is_fold=is_fold & ~is_sentinel,
        is_sentinel=is_sentinel,
        is_day=is_day,
    )


def parse_numbers(
    text: pd.Series,
    absent: Mask,
    *,
    decimal: str = ".",
    thousands: str | None = None,
    unit: str | None = None,
) -> tuple[Float, Mask]:
    """Read finite numbers; spaces (also no-break) may stand between groups of three digits.

    Returns
    -------
    tuple
        float64, NaN where absent or unreadable; and the mask of the unreadable ones.
    """
    value = np.full(len(text), np.nan)
    cells = _arrow(text.where(~absent, ""))
    if unit is not None:
        bare = rf"^[{SPACES}]*{re.escape(unit)}[{SPACES}]*|[{SPACES}]*{re.escape(unit)}[{SPACES}]*$"
        cells = pc.replace_substring_regex(cells, bare, "")
    marks = SPACES + (thousands or "")
    grouped = rf"^[+-]?\d{{1,3}}([{marks}]\d{{3}})+({re.escape(decimal)}\d*)?$"
    if (is_grouped := _matches(cells, grouped)).any():
        cells = pc.if_else(
            pa.array(is_grouped), pc.replace_substring_regex(cells, rf"[{marks}]", ""), cells
        )
    plain = rf"^[+-]?(\d+({re.escape(decimal)}\d*)?|{re.escape(decimal)}\d+)([eE][+-]?\d{{1,3}})?$"
    fits = _matches(cells, plain) & ~absent
    if decimal != ".":
        cells = pc.replace_substring(cells, decimal, ".")
    if fits.any():
        digits = cells.filter(pa.array(fits))
        value[fits] = pc.cast(
            pc.replace_substring_regex(digits, r"^\+", ""), pa.float64()
        ).to_numpy()
    is_bad = ~absent & ~np.isfinite(value)
    return np.where(is_bad, np.nan, value), is_bad


def better_mark(unread: pd.Series, *, decimal: str) -> str:
    """Say which other decimal mark would read the first of these cells; nothing if none would."""
    other = "," if decimal == "." else "."
    first = unread.head(1).reset_index(drop=True)
    if len(first) == 0 or other not in first[0]:
        return ""
    _, is_bad = parse_numbers(first, np.zeros(1, np.bool_), decimal=other)
    return "" if is_bad[0] else f'; declare `decimal: "{other}"` if it is one'


def _arrow(text: pd.Series) -> pa.Array:
    return pa.array(text, type=pa.large_string())


def _matches(cells: pa.Array, pattern: str) -> Mask:
    found: Mask = pc.fill_null(pc.match_substring_regex(cells, pattern), False).to_numpy(
        zero_copy_only=False
    )
    return found


def _no_times(text: pd.Series, *, aware: bool) -> pd.Series:
    return pd.Series(
        pd.NaT, index=text.index, dtype="datetime64[us, UTC]" if aware else "datetime64[us]"
    )


def _wall_clock(text: pd.Series, naive: Mask, form: str) -> pd.Series:
    """Return naive local times where asked, NaT elsewhere."""
    wall = _no_times(text, aware=False)
    if not naive.any():
        return wall
    if form in _EXCEL_ORIGIN:
        days, _ = parse_numbers(text, ~naive)
        inside = np.where((days > -1e6) & (days < 2_958_466), days, np.nan)  # up to the year 9999
        return _EXCEL_ORIGIN[form].as_unit("us") + pd.to_timedelta(
            pd.Series(inside * 86_400).round(), unit="s"
        ).dt.as_unit("us")
    pattern = "ISO8601" if form == "iso" else form
    part = pd.to_datetime(text[naive], format=pattern, errors="coerce")
    wall[naive] = part.dt.as_unit("us")
    return wall


def _moments(text: pd.Series, aware: Mask, form: str) -> pd.Series:
    """Return aware times in UTC where asked, NaT elsewhere."""
    moment = _no_times(text, aware=True)
    if not aware.any():
        return moment
    if form in _MICROS:
        number, _ = parse_numbers(text, ~aware)
        micros = number * _MICROS[form]
        inside = np.abs(micros) < 2.5e17  # up to the year 9892
        stamp = pd.Series(
            np.where(inside, micros, 0).round().astype("int64").astype("datetime64[us]"),
            index=text.index,
        )
        return stamp.dt.tz_localize("UTC").where(inside)
    pattern = "ISO8601" if form == "iso" else form
    asked = text if aware.all() else text[aware]
    part = pd.to_datetime(asked, format=pattern, errors="coerce", utc=True).dt.as_unit("us")
    if aware.all():
        return part
    moment[aware] = part
    return moment


def _localized(
    wall: pd.Series, naive: Mask, zone: str | None, repeated: str
) -> tuple[pd.Series, Mask, Mask]:
    nothing = np.zeros(len(wall), dtype=np.bool_)
    if zone is None or not naive.any():
        return _no_times(wall, aware=True), nothing, nothing
    if zone == "UTC":
        return wall.dt.tz_localize("UTC"), nothing, nothing
    which = np.full(len(wall), repeated == "first")
    clear = wall.dt.tz_localize(zone, ambiguous="NaT", nonexistent="NaT")
    unclear = (wall.notna() & clear.isna()).to_numpy()
    if not unclear.any():
        return clear.dt.tz_convert("UTC"), nothing, nothing
    there = wall.dt.tz_localize(zone, ambiguous=which, nonexistent="NaT")
    is_gap = (wall.notna() & there.isna()).to_numpy()
    after = wall.dt.tz_localize(zone, ambiguous=which, nonexistent="shift_forward")
    return after.dt.tz_convert("UTC"), is_gap, unclear & ~is_gap


def _is_sentinel(times: pd.Series) -> Mask:
    """Mark times on a sentinel day, or on the day before it (a local midnight, told in UTC)."""
    days = pd.to_datetime(pd.Series(SENTINEL_DAYS), format="ISO8601").dt.as_unit("us")
    either = pd.concat([days, days[1:] - pd.Timedelta(days=1)])
    if times.dt.tz is not None:
        either = either.dt.tz_localize("UTC")
    suspect = ((times < "2000-01-01") | (times > "2999-01-01")).to_numpy()
    found = np.zeros(len(times), dtype=np.bool_)
    if suspect.any():
        found[suspect] = times[suspect].dt.floor("D").isin(either).to_numpy()
    return found
