"""Drift as the page and the screen say it: sentences and rows of tables, words in place of names."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from leadscore.review.drifting import Drifting, column_words, sentences
from leadscore.review.words import ESTIMATE_WORDS

Rows = list[dict[str, Any]]
_MOST_MOVED = 12


@dataclass(frozen=True)
class DriftPage:
    """What the page shows of drift.

    Attributes
    ----------
    sentences
        What matters, a sentence each.
    split, estimates, expected, segments, moved, dated, unfit
        Rows as the template reads them; `segments` without those of too few leads.
    n_too_few
        Rows of segments left out as too few.
    n_asked, n_moved
        Features asked whether they moved, and those that did.
    """

    sentences: list[str]
    split: Rows
    estimates: Rows
    expected: Rows
    segments: Rows
    moved: Rows
    dated: Rows
    unfit: Rows
    n_too_few: int
    n_asked: int
    n_moved: int


def drift_page(found: Drifting) -> DriftPage:
    """Return what the template shows."""
    segments = found.segments
    known = segments.loc[segments["verdict"] != "too few"] if len(segments) else segments
    moved = found.moved.sort_values("psi", ascending=False) if len(found.moved) else found.moved
    return DriftPage(
        sentences=sentences(found),
        split=_rows(found.split),
        estimates=[
            {**row, "metric_words": words, "pattern": pattern}
            for row in _rows(found.estimates)
            for words, pattern in [ESTIMATE_WORDS[str(row["metric"])]]
        ],
        expected=_rows(found.expected),
        segments=[{**row, "column_words": column_words(row["column"])} for row in _rows(known)],
        moved=_rows(moved.head(_MOST_MOVED)),
        dated=_rows(found.dated),
        unfit=[{**row, "column_words": column_words(row["column"])} for row in _rows(found.unfit)],
        n_too_few=len(segments) - len(known),
        n_asked=int(moved["name"].nunique()) if len(moved) else 0,
        n_moved=int(moved.loc[moved["has_moved"].astype(bool), "name"].nunique())
        if len(moved)
        else 0,
    )


def _rows(table: pd.DataFrame) -> Rows:
    return [
        {str(key): value for key, value in row.items()} for row in table.to_dict(orient="records")
    ]
