"""Rows of the quarter's tables: a figure of a group, with its n and interval, or why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from leadscore.domain.schemas import TIERS
from leadscore.domain.settings import ReviewSettings
from leadscore.metrics import Figure, rate, too_few
from leadscore.review.quarter.joined import Joined, band_names

Row = dict[str, Any]
COLUMNS = [
    "table", "figure", "grouping", "level", "value", "low", "high", "n_leads", "n_counted",
    "why_no_interval",
]  # fmt: skip
ALL = "all"


@dataclass(frozen=True)
class Measure:
    """How figures are measured: sizes and bands of the review, and the seed of resampling."""

    review: ReviewSettings
    seed: int

    @property
    def draws(self) -> dict[str, Any]:
        """Arguments of every figure that resamples leads."""
        return {"n_resamples": self.review.bootstrap, "seed": self.seed,
                "min_leads": self.review.min_leads}  # fmt: skip


@dataclass(frozen=True)
class Table:
    """One table of the quarter: its rows, and what has to be said beside it."""

    name: str
    rows: list[Row]
    notes: tuple[str, ...] = ()


def row(table: str, name: str, group: tuple[str, str], figure: Figure) -> Row:
    """Return one row; `group` is what leads are grouped by, and the group."""
    return {
        "table": table, "figure": name, "grouping": group[0], "level": group[1],
        "value": figure.value, "low": figure.low, "high": figure.high,
        "n_leads": figure.n, "n_counted": figure.n_won, "why_no_interval": figure.why_no_interval or "",
    }  # fmt: skip


def share(is_counted: Iterable[bool], measure: Measure) -> Figure:
    """Return the share of leads that are counted, one value per lead, or "too few"."""
    counted = np.fromiter(is_counted, dtype=np.bool_)
    return rate(int(counted.sum()), len(counted), min_leads=measure.review.min_leads)


def conversion(looks: pd.DataFrame, measure: Measure) -> Figure:
    """Return the share won of matured looks, one per lead, or "too few"."""
    return share(looks["label"] == 1, measure)


def few(looks: pd.DataFrame, measure: Measure) -> Figure | None:
    """Return the figure of a group that is too small, else None."""
    least = measure.review.min_leads
    return too_few(len(looks), 0, min_leads=least) if len(looks) < least else None


def by_score(looks: pd.DataFrame, measure: Measure) -> Iterator[tuple[tuple[str, str], pd.DataFrame]]:  # fmt: skip
    """Yield all leads, then those of each tier and each band, empty groups too."""
    yield (ALL, ALL), looks
    for tier in TIERS:
        yield ("tier", tier), looks.loc[looks["tier"] == tier]
    yield from by_band(looks, measure)


def by_band(looks: pd.DataFrame, measure: Measure) -> Iterator[tuple[tuple[str, str], pd.DataFrame]]:  # fmt: skip
    """Yield the leads of each band, empty bands too."""
    for band in band_names(measure.review.bands):
        yield ("band", band), looks.loc[looks["band"] == band]


def by_segment(joined: Joined, looks: pd.DataFrame) -> Iterator[tuple[tuple[str, str], pd.DataFrame]]:  # fmt: skip
    """Yield the leads of each value of each segment, the most frequent value first."""
    for name in joined.segments:
        counts = looks[name].value_counts()
        for level in sorted(counts.index, key=lambda word: (-counts[word], word)):
            yield (name, str(level)), looks.loc[looks[name] == level]


def frame(tables: Iterable[Table]) -> pd.DataFrame:
    """Return the rows of all tables as one table with `COLUMNS`."""
    rows = [line for table in tables for line in table.rows]
    texts = dict.fromkeys(("table", "figure", "grouping", "level", "why_no_interval"), "str")
    numbers = dict.fromkeys(("value", "low", "high"), "float64")
    counts = dict.fromkeys(("n_leads", "n_counted"), "int64")
    return pd.DataFrame(rows, columns=COLUMNS).astype({**texts, **numbers, **counts})
