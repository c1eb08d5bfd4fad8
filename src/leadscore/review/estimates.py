"""Figures estimated before outcomes are known (CBPE), and the same set against the truth once it came.

The estimate trusts the probabilities; the error of past estimates says how far that trust goes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from leadscore.domain.settings import ReviewSettings
from leadscore.metrics import (
    Confronted,
    Expected,
    Figure,
    Metric,
    expected_wins,
    log_loss,
    precision_at,
    precision_of_best,
    roc_auc,
    too_few,
)
from leadscore.review.rows import record

ALL, WAITING = "test window", "not yet decided"
ESTIMATED: dict[str, Callable[[float], Metric]] = {
    "roc_auc": lambda _capacity: roc_auc,
    "log_loss": lambda _capacity: log_loss,
    "precision_top_decile": lambda _capacity: precision_of_best(0.1),
    "precision_at_capacity": precision_at,
}
_UNKNOWN = Figure(np.nan, np.nan, np.nan, 0, 0, "not yet known")


def estimate_table(
    evidence: pd.DataFrame, waiting: pd.DataFrame, period: pd.Series, review: ReviewSettings, *,
    capacity: float, seed: int,
) -> pd.DataFrame:  # fmt: skip
    """Estimate each figure from the probabilities alone; beside it what came, where it came.

    Parameters
    ----------
    evidence
        Matured looks: lead_id, order, label, p_issued, window; the test window is confronted.
    waiting
        Looks whose horizon is not over: lead_id, order, p_issued.
    period
        Name of each look's period in `evidence`.
    capacity
        Leads that sales can work a week; `precision_at_capacity` is that of the period's last list.

    Returns
    -------
    One row per period (the whole test window first, the looks not yet decided last) and metric: n,
    n_won (expected where not decided), `estimated` with the range of what is to be expected,
    `seen` and `difference` (estimated minus seen) with intervals, and `held`: ``yes``, ``no`` or why not known.
    """
    test = evidence["window"] == "test"
    inside = evidence.loc[test]
    groups = [(ALL, inside), *sorted(inside.groupby(period.loc[test]), key=lambda g: str(g[0]))]
    rows = [
        _confronted(str(name), looks, metric, review, capacity=capacity, seed=seed)
        for name, looks in groups
        for metric in ESTIMATED
        if not (name == ALL and metric == "precision_at_capacity")  # the last period's, told there
    ]
    if len(waiting):
        rows += [
            _estimated(waiting, metric, review, capacity=capacity, seed=seed)
            for metric in ESTIMATED
        ]
    return pd.DataFrame(rows)


def expected_table(
    evidence: pd.DataFrame, waiting: pd.DataFrame, review: ReviewSettings, *, seed: int
) -> pd.DataFrame:
    """Return expected wins per score band, each lead by its last look; won beside, once decided.

    Returns
    -------
    One row per period (test window, not yet decided) and band: n leads, `expected` with the range of
    what is to be expected, `won` (null where not decided), `held`.
    """
    test = evidence.loc[evidence["window"] == "test"]
    rows = []
    for name, looks in ((ALL, test), (WAITING, waiting)):
        last = looks.sort_values(["order", "lead_id"]).drop_duplicates("lead_id", keep="last")
        number = np.searchsorted(review.bands, last["score"].to_numpy(dtype=float), side="right")
        borders = [0.0, *review.bands, 100.0]
        for i, (low, high) in enumerate(zip(borders[:-1], borders[1:], strict=True)):
            inside = last.loc[number == i]
            wins = expected_wins(inside["p_issued"], n_draws=review.bootstrap, seed=seed)
            won = float(inside["label"].sum()) if "label" in inside and len(inside) else np.nan
            rows.append(
                {"period": name, "band": f"{low:g} to {high:g}", "n": len(inside),
                 "expected": wins.value, "expected_low": wins.low, "expected_high": wins.high,
                 "won": won, "held": _held(wins, won)}
            )  # fmt: skip
    return pd.DataFrame(rows)


def _confronted(
    name: str, looks: pd.DataFrame, metric: str, review: ReviewSettings, *, capacity: float,
    seed: int,
) -> dict[str, Any]:  # fmt: skip
    asked = _last_list(looks) if metric == "precision_at_capacity" else looks
    expected = _expected(asked, review, seed=seed)
    if expected.n < review.min_leads:
        n_won = int(asked.loc[asked["label"] == 1, "lead_id"].nunique())
        nothing = too_few(expected.n, n_won, min_leads=review.min_leads)
        return _row(name, metric, Confronted(nothing, nothing, nothing, None))
    y = asked["label"].to_numpy(dtype=np.float64)
    return _row(name, metric, expected.confronted(ESTIMATED[metric](capacity), y))


def _estimated(
    waiting: pd.DataFrame, metric: str, review: ReviewSettings, *, capacity: float, seed: int
) -> dict[str, Any]:
    asked = _last_list(waiting) if metric == "precision_at_capacity" else waiting
    expected = _expected(asked, review, seed=seed)
    figure = expected.figures((ESTIMATED[metric](capacity),))[0]
    if expected.n < review.min_leads:
        figure = too_few(expected.n, figure.n_won, min_leads=review.min_leads)
    return _row(WAITING, metric, Confronted(figure, _UNKNOWN, _UNKNOWN, None))


def _expected(looks: pd.DataFrame, review: ReviewSettings, *, seed: int) -> Expected:
    return Expected(
        looks["p_issued"].to_numpy(dtype=np.float64), cluster=looks["lead_id"].astype(object),
        n_draws=review.bootstrap, seed=seed,
    )  # fmt: skip


def _last_list(looks: pd.DataFrame) -> pd.DataFrame:
    """Return the looks of the newest moment; all, where the order has no moments."""
    newest = looks.loc[looks["order"] == looks["order"].max()]
    return newest if bool(looks["as_of"].notna().all()) else looks


def _row(period: str, metric: str, found: Confronted) -> dict[str, Any]:
    is_decided = period != WAITING
    source = found.seen if is_decided else found.estimated
    held = {True: "yes", False: "no", None: "not yet known" if not is_decided else "too few"}
    parts = {
        f"{name}{ending}": record(figure)[key]
        for name, figure in (("estimated", found.estimated), ("seen", found.seen),
                             ("difference", found.difference))
        for ending, key in (("", "value"), ("_low", "low"), ("_high", "high"),
                            ("_why_no_interval", "why_no_interval"))
    }  # fmt: skip
    return {"period": period, "metric": metric, "n": source.n, "n_won": source.n_won, **parts,
            "held": held[found.is_held]}  # fmt: skip


def _held(wins: Figure, won: float) -> str:
    if not np.isfinite(won):
        return "not yet known"
    return "yes" if wins.low <= won <= wins.high else "no"
