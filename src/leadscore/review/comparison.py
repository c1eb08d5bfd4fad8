"""Model, grid and base rate on the same later window: figures, calibration, gain, bands, drift.

It measures and judges nothing; groups below the minimum are "too few", not a number.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.domain.settings import ReviewSettings, Thresholds
from leadscore.metrics import (
    Figure,
    Metric,
    Resamples,
    average_precision,
    brier,
    calibration_slope,
    lift_at,
    log_loss,
    roc_auc,
)
from leadscore.review.drift import base_rates, drift_table, periods, tier_table
from leadscore.review.parts import parts_table
from leadscore.review.rows import group_rate, plain, record

Float = npt.NDArray[np.float64]
METRICS: dict[str, tuple[Metric, bool | None]] = {  # name -> metric, lower is better (None: near 1)
    "log_loss": (log_loss, True),
    "roc_auc": (roc_auc, False),
    "lift_top_decile": (lift_at(0.1), False),
    "average_precision": (average_precision, False),
    "brier": (brier, True),
    "calibration_slope": (calibration_slope, None),
}

_TEXTS = (
    "opinion", "part", "metric", "a", "b", "band", "period", "tier", "window",
    "why_no_interval", "ratio_why_no_interval",
)  # fmt: skip


@dataclass(frozen=True)
class Comparison:
    """Tables of the review, each with n, n_won, low, high and why_no_interval where it counts.

    Attributes
    ----------
    figures
        One row per opinion and metric on the test window.
    differences
        One row per pair (a, b) and metric: a minus b, and p_a_better.
    calibration
        One row per tenth of the issued probabilities: mean_p against the rate won.
    gain
        Per opinion, share of looks worked best first -> share of won looks found.
    bands
        One row per score band: range, rate won.
    drift
        One row per quarter (or tenth of the order): base rate, mean_p, calibration ratio.
    tiers
        One row per quarter and tier: share of looks, rate won.
    base_rates
        One row per window, the fit window first.
    parts
        One row per part of the blend and metric (`parts.parts_table`).
    period
        What a row of `drift` is: ``quarter`` or ``tenth of the order``.
    """

    figures: pd.DataFrame
    differences: pd.DataFrame
    calibration: pd.DataFrame
    gain: pd.DataFrame
    bands: pd.DataFrame
    drift: pd.DataFrame
    tiers: pd.DataFrame
    base_rates: pd.DataFrame
    parts: pd.DataFrame
    period: str

    def figure(self, opinion: str, metric: str) -> Figure:
        """Return one figure of the `figures` table.

        Raises
        ------
        KeyError
            The opinion was not measured.
        """
        at = (self.figures["opinion"] == opinion) & (self.figures["metric"] == metric)
        if not bool(at.any()):
            raise KeyError(f"{opinion} {metric}")
        row = self.figures.loc[at].iloc[0]
        why = row["why_no_interval"] or None
        return Figure(
            float(row["value"]), float(row["low"]), float(row["high"]),
            int(row["n"]), int(row["n_won"]), why,
        )  # fmt: skip

    def to_dict(self) -> dict[str, Any]:
        """Return every table as a list of rows for JSON; NaN becomes None."""
        tables = {
            name: plain(table.to_dict(orient="records"))
            for name, table in vars(self).items()
            if isinstance(table, pd.DataFrame)
        }
        return {**tables, "period": self.period}

    @classmethod
    def from_dict(cls, tables: Mapping[str, Any]) -> Self:
        """Read what `to_dict` wrote, also through JSON; None in a number's place becomes NaN."""
        read = {name: pd.DataFrame(rows) for name, rows in tables.items() if name != "period"}
        for table in read.values():
            for column in [name for name in table.columns if name not in _TEXTS]:
                table[column] = pd.to_numeric(table[column])
        return cls(**read, period=str(tables["period"]))


def compare(
    evidence: pd.DataFrame, *, fit_rate: Figure, review: ReviewSettings, thresholds: Thresholds,
    seed: int,
) -> Comparison:  # fmt: skip
    """Build every table of the review from scored, matured looks.

    Parameters
    ----------
    evidence
        One row per look: lead_id, as_of (null without dates), order, label, p_issued, score,
        p_base, p_grid, p_model (all null where there is no model), window (``calibrate`` or
        ``test``).
        Figures, calibration, gain and bands read the test window; drift reads both.
    fit_rate
        Base rate of the fit window, to set the later windows against.

    Raises
    ------
    ValueError
        The test window is empty, or a label is null.
    """
    if bool(evidence["label"].isna().any()):
        raise ValueError(f"{int(evidence['label'].isna().sum())} looks are immature: no evidence")
    test = evidence.loc[evidence["window"] == "test"]
    if len(test) == 0:
        raise ValueError("the test window is empty: nothing to compare")
    opinions = _opinions(test)
    figures, differences = _figures(test, opinions, review, seed=seed)
    period, name = periods(evidence)
    return Comparison(
        figures=figures,
        differences=differences,
        calibration=_calibration(test, review),
        gain=_gain(test, opinions),
        bands=_bands(test, review),
        drift=drift_table(evidence, period, review, seed=seed),
        tiers=tier_table(evidence, period, thresholds, review),
        base_rates=base_rates(evidence, fit_rate, review),
        parts=parts_table(test, review, seed=seed),
        period=name,
    )


def _opinions(test: pd.DataFrame) -> dict[str, Float]:
    """Return probabilities per opinion; a model that does not exist has none."""
    opinions = {
        name: test[column].to_numpy(dtype=np.float64)
        for name, column in (("model", "p_model"), ("grid", "p_grid"))
        if not bool(test[column].isna().all())
    }
    return {**opinions, "base_rate": test["p_base"].to_numpy(dtype=np.float64)}


def _figures(
    test: pd.DataFrame, opinions: Mapping[str, Float], review: ReviewSettings, *, seed: int
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Measure all opinions on the same resamples of leads, so that pairs can be compared."""
    resamples = Resamples(
        test["label"].to_numpy(dtype=np.float64), cluster=test["lead_id"].astype(object),
        n_resamples=review.bootstrap, seed=seed,
    )  # fmt: skip
    metrics = [metric for metric, _ in METRICS.values()]
    found = {
        opinion: dict(zip(METRICS, resamples.of(metrics, p), strict=True))
        for opinion, p in opinions.items()
    }
    figures = [
        {"opinion": opinion, "metric": metric, **record(resamples.figure(*drawn))}
        for opinion, each in found.items()
        for metric, drawn in each.items()
    ]
    pairs = [(a, b) for i, a in enumerate(found) for b in list(found)[i + 1 :]]
    differences = [
        {"a": a, "b": b, "metric": metric, **record(gap.figure), "p_a_better": gap.p_a_better}
        for a, b in pairs
        for metric, (_, lower) in METRICS.items()
        if lower is not None
        for gap in [resamples.difference(found[a][metric], found[b][metric], lower_is_better=lower)]
    ]
    return pd.DataFrame(figures), pd.DataFrame(differences)


def _calibration(test: pd.DataFrame, review: ReviewSettings) -> pd.DataFrame:
    """Tenths of equal mass of the issued probability; equal probabilities stay together."""
    p = test["p_issued"].to_numpy(dtype=np.float64)
    place = pd.Series(p).rank(method="average").to_numpy() - 0.5
    tenth = np.minimum((place / len(p) * 10).astype(np.int64), 9)
    rows = []
    for number in np.unique(tenth):
        inside = tenth == number
        figure = group_rate(test.loc[inside], review)
        rows.append(
            {"tenth": int(number) + 1, "mean_p": float(p[inside].mean()),
             "n_looks": int(inside.sum()), **record(figure)}
        )  # fmt: skip
    return pd.DataFrame(rows)


def _gain(test: pd.DataFrame, opinions: Mapping[str, Float]) -> pd.DataFrame:
    """Share of won looks among the best share of looks, per opinion that orders anything."""
    y = test["label"].to_numpy(dtype=np.float64)
    shares = np.linspace(0, 1, 51)
    rows = [
        {"opinion": opinion, "share_worked": float(share),
         "share_won": float(share * lift_at(share)(y, p)) if share > 0 else 0.0}
        for opinion, p in opinions.items()
        if opinion != "base_rate" and y.any()
        for share in shares
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["opinion", "share_worked", "share_won"])


def _bands(test: pd.DataFrame, review: ReviewSettings) -> pd.DataFrame:
    """Conversion per score band; a score on a border belongs to the band above."""
    borders = [0.0, *review.bands, 100.0]
    number = np.searchsorted(review.bands, test["score"].to_numpy(dtype=np.float64), side="right")
    rows = []
    for i, (low, high) in enumerate(zip(borders[:-1], borders[1:], strict=True)):
        inside = number == i
        rows.append(
            {"band": f"{low:g} to {high:g}", "from_points": low, "to_points": high,
             "share": float(inside.mean()), "n_looks": int(inside.sum()),
             **record(group_rate(test.loc[inside], review))}
        )  # fmt: skip
    return pd.DataFrame(rows)
