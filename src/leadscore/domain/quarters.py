"""Quarters of the calendar, in UTC: read from text, or the one a moment lies in."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pandas as pd

from leadscore.domain.errors import InputError

_TEXT = re.compile(r"(19[7-9][0-9]|2[01][0-9]{2})-?Q([1-4])")


@dataclass(frozen=True, order=True)
class Quarter:
    """Three months of a year.

    Examples
    --------
    >>> quarter = Quarter.parse("2026Q3")
    >>> f"{quarter.start:%Y-%m-%d} {quarter.end:%Y-%m-%d} {quarter.name}"
    '2026-07-01 2026-10-01 2026Q3'
    """

    year: int
    number: int

    @classmethod
    def parse(cls, text: str) -> Quarter:
        """Read a year, a Q and a number from 1 to 4, with a hyphen or none before the Q.

        Raises
        ------
        InputError
            ``bad-quarter``.
        """
        found = _TEXT.fullmatch(text)
        if found is None:
            raise InputError(
                "bad-quarter",
                f"expected a year and a quarter from 1 to 4, got {text!r}",
                column="--quarter",
                fix="write it like 2026Q3",
            )
        return cls(int(found[1]), int(found[2]))

    @classmethod
    def of(cls, moment: pd.Timestamp) -> Quarter:
        """Return the quarter a moment lies in."""
        return cls(moment.year, moment.quarter)

    @property
    def name(self) -> str:
        """The quarter as text, such as ``2026Q3``."""
        return f"{self.year}Q{self.number}"

    @property
    def start(self) -> pd.Timestamp:
        """Its first moment."""
        return pd.Timestamp(year=self.year, month=3 * self.number - 2, day=1, tz="UTC")

    @property
    def end(self) -> pd.Timestamp:
        """The first moment after it."""
        return self.start + pd.DateOffset(months=3)
