"""Scores as they would have been issued, quarter by quarter: a model knows what was known when its quarter began."""

from __future__ import annotations

import sys
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.quality.problems import Float, Int, Problem
from benchmarks.quality.real import demo_workspace, opened, problem
from benchmarks.quality.rolling import MONTH
from leadscore.history.log import DAY
from leadscore.scoring.blend.alone import fit_alone
from leadscore.scoring.scale import Scale

REFITTED, FROZEN = "taught again each quarter", "taught once, before the first quarter"
MODELS = (REFITTED, FROZEN)
_MIN_WON = 100  # wins before the first model
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_FIRST_MONTH = pd.Period("2008-05", "M")  # of the bank's calls, by its authors


@dataclass(frozen=True)
class Issued:
    """Looks with scores issued before their outcome was known.

    Attributes
    ----------
    table
        lead_id, as_of, order, label, p_issued, score, quarter (0 for the first, rising), and won_from: whether a look
        of the lead's quarter, this one or a later, was won.
    quarters
        The name of each quarter.
    horizon
        Seconds after its look at which an outcome is known.
    """

    key: str
    title: str
    model: str
    table: pd.DataFrame
    quarters: tuple[str, ...]
    horizon: int
    scale: Scale

    def of(self, quarter: int) -> pd.DataFrame:
        """Return the looks of a quarter."""
        return self.table.loc[self.table["quarter"] == quarter]

    def matured(self, quarter: int) -> pd.DataFrame:
        """Return what a review at the start of a quarter may learn from."""
        begins = pd.Period(self.quarters[quarter], "Q").start_time.tz_localize("UTC")
        known = self.table["order"] + self.horizon <= int(begins.timestamp())
        return self.table.loc[known]


def demo(seed: int | None = None) -> list[Issued]:
    """Return the demo's history, looked at weekly, under both models."""
    with tempfile.TemporaryDirectory() as root:
        place, settings = demo_workspace(Path(root), seed=seed, every_days=7)
        found = opened("demo", place, settings)
    day = pd.to_datetime(found.order, unit="s", utc=True)
    name = "Demo (simulated)" if seed is None else f"Market {seed} (simulated as the demo is)"
    return _both("demo" if seed is None else f"market{seed}", name, found, day)


def bank() -> list[Issued]:
    """Return the bank's calls of May 2008 to November 2010, each known at once, under both models."""
    found = problem("bank_marketing")
    month = found.table[MONTH].astype(str).to_numpy()
    block = np.concatenate([[0], np.cumsum(month[1:] != month[:-1])])
    number = np.array([_MONTHS.index(each) + 1 for each in month])
    later = np.cumsum(
        np.concatenate([[0], number[1:] < number[:-1]])
    )  # a month before the last: a year on
    begins = pd.PeriodIndex(
        [f"{2008 + y}-{m:02d}" for y, m in zip(later, number, strict=True)], freq="M"
    )
    if begins[0] != _FIRST_MONTH or block.max() > 40:
        raise ValueError("the bank's rows do not lie in time")
    rank = pd.Series(block).groupby(block).cumcount().to_numpy()
    size = np.bincount(block)[block]
    day = begins.to_timestamp().tz_localize("UTC") + pd.to_timedelta((rank * 27) // size, unit="D")
    order = day.as_unit("s").asi8
    return _both("bank", "Bank Marketing", replace(found, order=order, known_after=DAY), day)


def _both(key: str, title: str, found: Problem, day: pd.DatetimeIndex) -> list[Issued]:
    """Predict every quarter by a model of its own and by the first."""
    names = day.tz_localize(None).to_period("Q").astype(str)
    quarter = np.unique(names, return_inverse=True)[1].astype(np.int64)
    distinct = tuple(sorted(set(names)))
    starts = [
        int(pd.Period(name, "Q").start_time.tz_localize("UTC").timestamp()) for name in distinct
    ]
    first = next(q for q, start in enumerate(starts) if _won_before(found, start) >= _MIN_WON)
    p: dict[str, Float] = {model: np.full(len(found), np.nan) for model in MODELS}
    frozen = base_rate = None
    for q in range(first, len(distinct)):
        rows, past = np.flatnonzero(quarter == q), _known(found, starts[q])
        some, now = found.rows(past), found.rows(rows)
        model = fit_alone(
            some.table, some.features, some.y, some.points, some.lead, order=some.order,
            known_after=some.known_after, settings=some.settings,
        )  # fmt: skip
        if frozen is None:
            frozen, base_rate = model, float(some.y.mean())
        p[REFITTED][rows] = model.probability(now.table, now.points)
        p[FROZEN][rows] = frozen.probability(now.table, now.points)
        print(
            f"bench: {key}, {distinct[q]}: taught by {len(past):,} looks",
            file=sys.stderr,
            flush=True,
        )
    scale = Scale(found.settings.scale.points_to_double, float(base_rate or 0.0))
    kept = quarter >= first
    return [
        Issued(key, title, model, _table(found, day, quarter - first, p[model], scale, kept),
               distinct[first:], found.known_after, scale)
        for model in MODELS
    ]  # fmt: skip


def _known(found: Problem, start: int) -> Int:
    order = found.order
    assert order is not None
    return np.flatnonzero(order + found.known_after <= start)


def _won_before(found: Problem, start: int) -> int:
    past = _known(found, start)
    return len(set(found.lead[past][found.y[past] == 1]))


def _table(
    found: Problem, day: pd.DatetimeIndex, quarter: Int, p: Float, scale: Scale, kept: np.ndarray
) -> pd.DataFrame:
    every = pd.DataFrame(
        {"lead_id": found.lead, "as_of": day, "order": found.order, "label": found.y, "p_issued": p,
         "quarter": quarter}
    )  # fmt: skip
    own = every.loc[kept].reset_index(drop=True)
    return with_what_comes(own.assign(score=scale.score(own["p_issued"].to_numpy())))


def with_what_comes(looks: pd.DataFrame) -> pd.DataFrame:
    """Add won_from: whether this look of the lead's, or a later one of the same quarter, was won."""
    backwards = looks.sort_values("order", ascending=False, kind="stable")
    return looks.assign(
        won_from=backwards.groupby(["lead_id", "quarter"], sort=False)["label"].cummax()
    )
