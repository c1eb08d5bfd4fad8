"""How the world moved: base rate, level of the probabilities and tiers, period by period.

A period is a quarter of `as_of`, or a tenth of the order where there are no dates.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from leadscore.domain.schemas import TIERS
from leadscore.domain.settings import ReviewSettings, Thresholds
from leadscore.metrics import Figure, calibration_ratio, interval
from leadscore.review.rows import group_rate, record
from leadscore.scoring.thresholds import tier


def periods(evidence: pd.DataFrame) -> tuple[pd.Series, str]:
    """Return each look's quarter, or its tenth of the order where there are no dates."""
    if bool(evidence["as_of"].notna().all()):
        as_of = evidence["as_of"].dt
        return as_of.year.astype(str) + " Q" + as_of.quarter.astype(str), "quarter"
    place = evidence["order"].rank(method="average").to_numpy() - 0.5
    tenth = np.minimum((place / len(evidence) * 10).astype(int), 9) + 1
    return pd.Series([f"{n:02d}" for n in tenth], index=evidence.index), "tenth of the order"


def drift_table(
    evidence: pd.DataFrame, period: pd.Series, review: ReviewSettings, *, seed: int
) -> pd.DataFrame:
    """Return per period the base rate, the mean probability issued, and observed over expected."""
    rows = []
    for name in sorted(period.unique()):
        inside = evidence.loc[period == name]
        y, p = (inside[column].to_numpy(dtype=np.float64) for column in ("label", "p_issued"))
        ratio = interval(
            calibration_ratio, y, p, cluster=inside["lead_id"].astype(object),
            n_resamples=review.bootstrap, seed=seed, min_leads=review.min_leads,
        )  # fmt: skip
        ratio = ratio if y.any() or math.isnan(ratio.value) else _no_wins(ratio)
        rows.append(
            {"period": name, "n_looks": len(inside), "mean_p": float(p.mean()),
             **record(group_rate(inside, review)),
             "ratio": ratio.value, "ratio_low": ratio.low, "ratio_high": ratio.high,
             "ratio_why_no_interval": ratio.why_no_interval or ""}
        )  # fmt: skip
    return pd.DataFrame(rows)


def _no_wins(ratio: Figure) -> Figure:
    return Figure(0.0, math.nan, math.nan, ratio.n, 0, "nothing won: resampling shows no spread")


def tier_table(
    evidence: pd.DataFrame, period: pd.Series, thresholds: Thresholds, review: ReviewSettings
) -> pd.DataFrame:
    """Return per period and tier the share of looks and the rate won."""
    stands = tier(evidence["score"].to_numpy(dtype=np.float64), thresholds)
    return pd.DataFrame(
        {"period": name, "tier": each, "share": float(inside.sum() / max(here.sum(), 1)),
         "n_looks": int(inside.sum()), **record(group_rate(evidence.loc[inside], review))}
        for name in sorted(period.unique())
        for here in [(period == name).to_numpy()]
        for each in TIERS
        for inside in [here & (stands == each)]
    )  # fmt: skip


def base_rates(evidence: pd.DataFrame, fit_rate: Figure, review: ReviewSettings) -> pd.DataFrame:
    """Return the rate won in the fit window and in the windows after it."""
    rows = [{"window": "fit", **record(fit_rate)}]
    for window in ("calibrate", "test"):
        inside = evidence.loc[evidence["window"] == window]
        rows.append({"window": window, **record(group_rate(inside, review))})
    return pd.DataFrame(rows)
