"""Walking through the quarters: a review before each, its decision in force for the quarter, and what that earned."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from benchmarks.quality.problems import Float
from benchmarks.quarters.issuing import Issued
from leadscore.domain.settings import Settings, Thresholds
from leadscore.metrics import Figure
from leadscore.review.proposal import propose

OURS, KEEP, ORACLE = "ours", "keep", "best cut of the quarter, known afterwards"
CUTS = ("hot", "warm")
_Z = 1.959963985


@dataclass(frozen=True)
class Walk:
    """One way through the quarters.

    Attributes
    ----------
    cuts
        float64[n_quarters] the cut in force in each.
    profit
        float64[n_quarters] of working each lead once a quarter, at its first look on or above the cut; EUR.
    by_lead
        float64[n_leads] the same, by lead.
    """

    cuts: Float
    profit: Float
    by_lead: Float


def earned(looks: pd.DataFrame, cut: float, *, win: float, cost: float) -> pd.Series:
    """Return what working each lead of a quarter once brings, by lead; `looks` have `won_from`."""
    above = looks.loc[looks["score"] >= cut].sort_values("order", kind="stable")
    worked = above.drop_duplicates("lead_id")
    return pd.Series(win * worked["won_from"].to_numpy() - cost, index=worked["lead_id"])


def best(looks: pd.DataFrame, *, win: float, cost: float) -> float:
    """Return the whole point at which a quarter's own profit is largest."""
    profit = [earned(looks, float(cut), win=win, cost=cost).sum() for cut in range(101)]
    return float(np.argmax(profit))


def _peaks(looks: pd.DataFrame) -> pd.DataFrame:
    return looks.sort_values("score", ascending=False, kind="stable").drop_duplicates("lead_id")


def _f1(looks: pd.DataFrame) -> float:
    top = _peaks(looks)
    caught = top["label"].cumsum()
    f1 = 2 * caught / (np.arange(1, len(top) + 1) + max(top["label"].sum(), 1))
    return float(top["score"].iloc[int(f1.to_numpy().argmax())])


Quick = Callable[[pd.DataFrame, float, float], float]
USUAL: dict[str, dict[str, Quick]] = {
    "best profit of the last quarter": {
        name: lambda looks, win, cost: best(looks, win=win, cost=cost) for name in CUTS
    },
    "best F1 of the last quarter": {name: lambda looks, _w, _c: _f1(looks) for name in CUTS},
    "quartiles of leads": {
        "hot": lambda looks, _w, _c: float(_peaks(looks)["score"].quantile(0.75)),
        "warm": lambda looks, _w, _c: float(_peaks(looks)["score"].quantile(0.5)),
    },
}  # fmt: skip


def cuts_of(issued: Issued, settings: Settings, start: Thresholds) -> dict[str, dict[str, Float]]:
    """Return the cut of every quarter, by cut and way; each is decided before its quarter, the oracle's after."""
    t, n = settings.thresholds, len(issued.quarters)
    found = {name: {OURS: [], KEEP: [getattr(start, name)] * n} for name in CUTS}
    at = start
    for q in range(n):
        matured = issued.matured(q)
        at = _reviewed(matured, issued, settings, at)
        last = matured.loc[matured["quarter"] == matured["quarter"].max()]
        for name in CUTS:
            found[name][OURS].append(getattr(at, name))
            for way, steps in USUAL.items():
                before = found[name].setdefault(way, [])
                enough = len(last) > 0 and 0 < last["label"].sum() < len(last)
                now = (
                    steps[name](last, t.win_value_eur, settings.thresholds.cost(name))
                    if enough
                    else None
                )
                before.append(
                    (before[-1] if before else getattr(start, name)) if now is None else now
                )
    for name in CUTS:
        found[name][ORACLE] = [
            best(issued.of(q), win=t.win_value_eur, cost=settings.thresholds.cost(name))
            for q in range(n)
        ]
    return {
        name: {way: np.array(cuts) for way, cuts in ways.items()} for name, ways in found.items()
    }


def _reviewed(
    matured: pd.DataFrame, issued: Issued, settings: Settings, at: Thresholds
) -> Thresholds:
    """Review and sign what is proposed."""
    if matured.empty:
        return at
    found = propose(
        matured.drop(columns="quarter"), settings.thresholds, scale=issued.scale, in_force=at,
        prior=settings.calibration, as_of=None, seed=settings.seed, min_leads=settings.review.min_leads,
        n_resamples=100,
    )  # fmt: skip
    return Thresholds(hot=found.hot.proposed, warm=found.warm.proposed)


def walk(issued: Issued, settings: Settings, name: str, cuts: Float) -> Walk:
    """Work every quarter by its cut."""
    each = [
        earned(
            issued.of(q),
            cut,
            win=settings.thresholds.win_value_eur,
            cost=settings.thresholds.cost(name),
        )
        for q, cut in enumerate(cuts)
    ]
    leads = pd.Index(issued.table["lead_id"].unique())
    total = pd.concat(each).groupby(level=0).sum().reindex(leads, fill_value=0.0)
    return Walk(cuts, np.array([one.sum() for one in each]), total.to_numpy())


def gained(one: Walk, other: Walk, *, n_won: int) -> Figure:
    """Return how much more one way earned than another, paired by lead, with its 95 % interval; EUR."""
    each = one.by_lead - other.by_lead
    half = _Z * float(np.sqrt(len(each)) * each.std(ddof=1))
    value = float(each.sum())
    return Figure(value, value - half, value + half, len(each), n_won)
