"""The look back at drift: why the share won changed, whether estimates came true, where percentages hold.

It gathers tables for the page and the screen. It changes no score and proposes no training.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import pandas as pd

from leadscore.domain.settings import ReviewSettings
from leadscore.metrics import Figure
from leadscore.review.drift import periods
from leadscore.review.estimates import ALL, WAITING, estimate_table, expected_table
from leadscore.review.rows import group_rate, plain, record
from leadscore.review.split import split_table
from leadscore.scoring.segments import Holds, segment_columns

_TABLES = ("split", "estimates", "expected", "segments", "moved", "dated", "unfit")
_TEXTS = frozenset(
    {"period", "metric", "band", "held", "verdict", "column", "value_of", "name", "words", "now",
     "evidence", "value"}
)  # fmt: skip


@dataclass(frozen=True)
class Drifting:
    """Tables of drift.

    Attributes
    ----------
    split
        `split_table`: one row per period of the test window.
    estimates, expected
        `estimate_table` and `expected_table`: figures before and after outcomes were known.
    segments
        One row per column, value and period: promised, won with interval, verdict.
    moved, dated, unfit
        What training left (`scoring.watching`): features that moved, that tell the date, and
        segments whose percentages are not shown.
    period
        What a period is: ``quarter`` or ``tenth of the order``.
    """

    split: pd.DataFrame
    estimates: pd.DataFrame
    expected: pd.DataFrame
    segments: pd.DataFrame
    moved: pd.DataFrame
    dated: pd.DataFrame
    unfit: pd.DataFrame
    period: str

    def to_dict(self) -> dict[str, Any]:
        """Return every table as a list of rows for JSON; NaN becomes None."""
        tables = {name: plain(getattr(self, name).to_dict(orient="records")) for name in _TABLES}
        return {**tables, "period": self.period}

    @classmethod
    def from_dict(cls, tables: Mapping[str, Any]) -> Self:
        """Read what `to_dict` wrote, also through JSON; None in a number's place becomes NaN."""
        read = {name: pd.DataFrame(tables[name]) for name in _TABLES}
        for table in read.values():
            for column in table.columns:
                if column not in _TEXTS and not str(column).endswith("why_no_interval"):
                    table[column] = pd.to_numeric(table[column])
        return cls(**read, period=str(tables["period"]))


def drifting(
    evidence: pd.DataFrame, waiting: pd.DataFrame, watched: Mapping[str, Any],
    review: ReviewSettings, *, capacity: float, seed: int,
) -> Drifting:  # fmt: skip
    """Build every table of drift.

    Parameters
    ----------
    evidence
        As `comparison.compare` takes it, with columns of segments.
    waiting, watched
        Looks not yet decided, and what training left, as plain values.
    capacity
        Leads a week that sales can work as hot.
    """
    period, name = periods(evidence)
    return Drifting(
        split=split_table(evidence, period, review, seed=seed),
        estimates=estimate_table(
            evidence, waiting, period, review, capacity=capacity, seed=seed
        ),
        expected=expected_table(evidence, waiting, review, seed=seed),
        segments=segment_table(evidence, period, review),
        moved=pd.DataFrame(watched["moved"]),
        dated=pd.DataFrame(watched["dated"]),
        unfit=pd.DataFrame(watched["unfit"]),
        period=name,
    )  # fmt: skip


def segment_table(
    evidence: pd.DataFrame, period: pd.Series, review: ReviewSettings
) -> pd.DataFrame:
    """Return calibration by segment and period of the test window: promised, won, verdict.

    Each verdict stands for itself: of twenty segments that hold, one will seem not to. Which segments
    show no percentage is decided for all of them together (`scoring.segments.unfit_segments`).
    """
    test = evidence["window"] == "test"
    rows = []
    for column in segment_columns(evidence):
        groups = evidence.loc[test].groupby([evidence.loc[test, column], period.loc[test]])
        for (value, name), looks in sorted(groups, key=lambda group: group[0]):
            figure, promised = group_rate(looks, review), float(looks["p_issued"].mean())
            rows.append(
                {"column": column, "value_of": str(value), "period": str(name),
                 "n_looks": len(looks), "promised": promised, "won": figure.value,
                 **{key: part for key, part in record(figure).items() if key != "value"},
                 "verdict": _verdict(figure, promised)}
            )  # fmt: skip
    return pd.DataFrame(rows)


def sentences(found: Drifting) -> list[str]:
    """Say what matters of it, a sentence each, for the page and the screen."""
    return [
        *_split_words(found),
        *_estimate_words(found),
        *_unfit_words(found),
        *_date_words(found),
    ]


def _split_words(found: Drifting) -> list[str]:
    if not len(found.split):
        return []
    last = found.split.iloc[-1]
    change = 100 * float(last["change"])
    return [
        f"Share won, last {found.period} ({last['period']}) against the time of calibration: "
        f"{change:+.1f} points; {last['verdict']}.".replace("-", "\N{MINUS SIGN}")
    ]


def _estimate_words(found: Drifting) -> list[str]:
    told = []
    auc = found.estimates.loc[found.estimates["metric"] == "roc_auc"].to_dict(orient="records")
    for row in auc:
        estimated, leads = float(row["estimated"]), f"{int(row['n']):,} leads"
        if row["period"] == ALL and np.isfinite(row["seen"]):
            told.append(
                f"ROC AUC estimated before outcomes were known {estimated:.3f}, seen since "
                f"{float(row['seen']):.3f}, {leads}."
            )
        if row["period"] == WAITING and np.isfinite(estimated):
            told.append(
                f"Looks not yet decided: ROC AUC {estimated:.3f} is expected "
                f"({float(row['estimated_low']):.3f} to {float(row['estimated_high']):.3f}), {leads}."
            )
    return told


def _unfit_words(found: Drifting) -> list[str]:
    if not len(found.unfit):
        return []
    names = [f"{column_words(str(u.column))} {u.value}" for u in found.unfit.itertuples()]
    return [f"Unfit, no percentage shown: {_listed(names)}."]


def _date_words(found: Drifting) -> list[str]:
    if not len(found.dated):
        return []
    return [f"Tells the date: {_listed(list(found.dated['name']))}."]


def column_words(column: str) -> str:
    """Return a column's name as words: ``lead_channel`` is ``channel``."""
    return column.partition("_")[2].replace("_", " ")


def _listed(names: Sequence[str], *, at_most: int = 8) -> str:
    more = f" and {len(names) - at_most} more" if len(names) > at_most else ""
    return ", ".join(names[:at_most]) + more


def _verdict(figure: Figure, promised: float) -> Holds:
    if pd.isna(figure.value):
        return "too few"
    if promised > figure.high:
        return "too high"
    return "too low" if promised < figure.low else "holds"
