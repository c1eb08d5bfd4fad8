"""Figures of every opinion on a split, and how far each lies from the blend on the same leads."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

from benchmarks.quality.ours import BLEND
from benchmarks.quality.problems import Float
from benchmarks.quality.store import Store
from leadscore.metrics import (
    Figure,
    Metric,
    Resamples,
    average_precision,
    brier,
    calibration_slope,
    ece,
    lift_at,
    log_loss,
    roc_auc,
)

METRICS: dict[str, tuple[Metric, bool]] = {  # name: the figure, and whether lower is better
    "log_loss": (log_loss, True),
    "brier": (brier, True),
    "auc": (roc_auc, False),
    "ap": (average_precision, False),
    "lift": (lift_at(0.1), False),
    "ece": (ece, True),
    "slope": (calibration_slope, False),
}


@dataclass(frozen=True)
class Gap:
    """A figure minus the blend's on the same leads, and its standard error over leads."""

    figure: Figure
    se: float


@dataclass(frozen=True)
class Opinion:
    """How good one opinion is on one split.

    Attributes
    ----------
    figures, gaps
        By metric; the gaps are to the blend, empty for itself and where the blend is missing.
    cpu, wall
        Seconds of one fit with its predictions; None for parts, which are fitted with the blend.
    off_truth
        Where the truth is known: mean over tenths of the rows, by the opinion, of the distance between
        mean opinion and mean truth.
    """

    name: str
    note: str
    figures: dict[str, Figure]
    gaps: dict[str, Gap]
    cpu: float | None
    wall: float | None
    off_truth: float | None


@dataclass(frozen=True)
class Judged:
    """A split with every opinion on it, and the methods that have none, with the reason.

    `truth_loss` is the log loss of the true probabilities, where they are known.
    """

    key: str
    title: str
    learned: int
    columns: int
    n: int
    n_won: int
    opinions: tuple[Opinion, ...]
    missing: dict[str, str]
    truth_loss: float | None

    def of(self, name: str) -> Opinion | None:
        """Return an opinion by name, None where it is missing."""
        return next((opinion for opinion in self.opinions if opinion.name == name), None)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return asdict(self)


def judged(store: Store, key: str, *, n_resamples: int) -> Judged:
    """Judge everything that was run on a split, with the same resamples of leads for all."""
    about, rows = store.about(f"split.{key}"), store.arrays(f"split.{key}")
    draws = Resamples(rows["y"], cluster=rows["lead"], n_resamples=n_resamples, seed=about["seed"])
    found: dict[str, tuple[dict[str, Any], list[tuple[float, Float]], Float]] = {}
    missing = {}
    for run in store.keys(f"run.{key}."):
        told = store.about(run)
        if told["why_not"] is not None:
            missing[told["method"]] = told["why_not"]
            continue
        for name, p in store.arrays(run).items():
            if not np.isfinite(p).all():
                missing[name] = f"no probability for {int((~np.isfinite(p)).sum())} rows"
                continue
            found[name] = (told, draws.of([metric for metric, _ in METRICS.values()], p), p)
    ours = found[BLEND][1] if BLEND in found else None
    opinions = tuple(
        _opinion(name, told, values, ours, draws, _distance(p, rows.get("truth")))
        for name, (told, values, p) in found.items()
    )
    ranked = tuple(sorted(opinions, key=lambda opinion: opinion.figures["log_loss"].value))
    truth = rows.get("truth")
    return Judged(
        key, about["title"], about["learned"], about["columns"], draws.n, draws.n_won, ranked, missing,
        None if truth is None else log_loss(rows["y"], truth),
    )  # fmt: skip


def _opinion(
    name: str,
    told: dict[str, Any],
    values: list[tuple[float, Float]],
    ours: list[tuple[float, Float]] | None,
    draws: Resamples,
    off_truth: float | None,
) -> Opinion:
    gaps = {}
    if ours is not None and name != BLEND:
        for (metric, (_, lower)), a, b in zip(METRICS.items(), values, ours, strict=True):
            gap = draws.difference(a, b, lower_is_better=lower).figure
            gaps[metric] = Gap(gap, float(np.std(a[1] - b[1], ddof=1)))
    own = name == told["method"]
    figures = {metric: draws.figure(*value) for metric, value in zip(METRICS, values, strict=True)}
    return Opinion(
        name, told["note"] if own else "fitted with the blend", figures, gaps,
        told["cpu"] if own else None, told["wall"] if own else None, off_truth,
    )  # fmt: skip


def _distance(p: Float, truth: Float | None) -> float | None:
    if truth is None:
        return None
    tenths = np.array_split(np.argsort(p, kind="stable"), 10)
    return float(np.mean([abs(p[rows].mean() - truth[rows].mean()) for rows in tenths]))
