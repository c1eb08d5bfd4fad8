"""Training: from labelled snapshots to a scorer and the evidence for it.

The recipe is judged on the last window by models that never saw it; then the same recipe is run on
every mature row, and that is what scores. The judged probabilities are the evidence of the review.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.domain.errors import GateError
from leadscore.domain.rules import Grid
from leadscore.domain.settings import Settings
from leadscore.history.features import Feature
from leadscore.history.log import DAY
from leadscore.history.splits import CALIBRATE, FIT, TEST, Windows, ordered_windows
from leadscore.scoring.calibration import (
    GridCurve,
    Platt,
    fit_grid_curve,
    fit_platt,
    forgetting_weights,
)
from leadscore.scoring.encoder import Encoder, Matrix
from leadscore.scoring.gates import Verdict, judge
from leadscore.scoring.model import Trees, fitted, stopped_rounds
from leadscore.scoring.scale import Scale
from leadscore.scoring.scorer import Model, Scorer

Float = npt.NDArray[np.float64]
Rows = npt.NDArray[np.intp]


@dataclass(frozen=True)
class Trained:
    """What training gives.

    Attributes
    ----------
    scorer
        Fitted on all mature rows.
    verdict
        Who leads, by the test window.
    evidence
        Calibrate and test rows with out-of-time probabilities; grain (lead_id, as_of).
    windows
        The ordered windows of the mature rows.
    base_rate
        Share of wins in the fit window.
    """

    scorer: Scorer
    verdict: Verdict
    evidence: pd.DataFrame
    windows: Windows
    base_rate: float


def train(
    snapshots: pd.DataFrame,
    features: Sequence[Feature],
    grid: Grid,
    settings: Settings,
    *,
    is_dated: bool,
    anchor_probability: float | None = None,
) -> Trained:
    """Train on the mature rows of a snapshots table.

    Parameters
    ----------
    snapshots
        `domain.schemas.SNAPSHOTS` with the features' columns and `grid_points`.
    is_dated
        `order` counts seconds (True) or is a rank without distances (False: no purging, no forgetting).
    anchor_probability
        Probability that a signed decision pins to score 50; else the setting's, else the base rate.

    Raises
    ------
    GateError
        ``no-matured-rows`` or ``one-class``.
    """
    mature = snapshots.loc[snapshots["is_mature"]].sort_values(
        ["order", "lead_id"], ignore_index=True
    )
    _refuse_hopeless(mature)
    purge = settings.label.horizon_days * DAY if is_dated else 0
    windows = ordered_windows(
        mature["order"].to_numpy(),
        calibrate_share=settings.split.calibrate_share,
        test_share=settings.split.test_share,
        purge=purge,
    )
    work = _Work(mature, tuple(features), windows, settings, is_dated)
    judged = work.judged()
    final = work.final(judged)
    evidence = _evidence(work, judged)
    test = evidence.loc[evidence["window"] == TEST]
    p_model = test["p_model"].to_numpy() if judged.trees_fit is not None else None
    verdict = judge(
        test["label"].to_numpy(),
        p_model,
        test["p_grid"].to_numpy(),
        np.full(len(test), judged.base_rate),
        lead_id=test["lead_id"].to_numpy(dtype=object),
        settings=settings.gates,
        n_resamples=settings.review.bootstrap,
        seed=settings.seed,
    )
    anchor = anchor_probability or settings.scale.anchor_probability or judged.base_rate
    scale = Scale(settings.scale.points_to_double, float(anchor))
    chosen = {"model": "p_model", "grid": "p_grid", "base_rate": "p_base"}[verdict.opinion]
    evidence = evidence.assign(
        p_issued=evidence[chosen], score=scale.score(evidence[chosen].to_numpy())
    )
    base_rate = float(work.y[work.rows(FIT, CALIBRATE, TEST)].mean())
    scorer = Scorer(verdict.opinion, final[0], grid, final[1], base_rate, scale)  # type: ignore[arg-type]
    return Trained(scorer, verdict, evidence, windows, judged.base_rate)


def described(trained: Trained) -> dict[str, Any]:
    """Return what the bundle's manifest says of its training, as plain values."""
    names, counts = np.unique(trained.windows.name.astype(str), return_counts=True)
    model = trained.scorer.model
    return {
        "opinion": trained.verdict.opinion,
        "gates": [asdict(g) for g in trained.verdict.gates],
        "base_rate_before_test": trained.base_rate,
        "windows": {
            "rows": dict(zip(names.tolist(), counts.tolist(), strict=True)),
            "calibrate_from": trained.windows.calibrate_from,
            "test_from": trained.windows.test_from,
        },
        "rounds": model.trees.rounds if model else None,
        "n_features": len(model.encoder.features) if model else 0,
    }


def golden_rows(trained: Trained, snapshots: pd.DataFrame, *, n: int = 20) -> Matrix:
    """Return some encoded rows spread over the snapshots, kept to prove that a bundle still scores alike."""
    if trained.scorer.model is None:
        return np.empty((0, 0))
    ranked = snapshots.sort_values(["order", "lead_id"])
    at = np.unique(np.linspace(0, len(ranked) - 1, num=n).astype(int))
    return trained.scorer.model.encoder.matrix(ranked.iloc[at])


@dataclass(frozen=True)
class _Judged:
    """Fits that saw nothing of the window they are judged on."""

    base_rate: float
    curve: GridCurve
    encoder: Encoder | None
    trees_fit: Trees | None
    trees_both: Trees | None
    raw: Float
    platt: Platt | None


@dataclass(frozen=True)
class _Work:
    mature: pd.DataFrame
    features: tuple[Feature, ...]
    windows: Windows
    settings: Settings
    is_dated: bool

    @property
    def y(self) -> Float:
        return self.mature["label"].to_numpy(dtype=np.float64)

    @property
    def points(self) -> Float:
        return self.mature["grid_points"].to_numpy(dtype=np.float64)

    def rows(self, *names: str) -> Rows:
        return np.flatnonzero(np.isin(self.windows.name, names))

    def weight(self, rows: Rows) -> Float:
        """Weigh rows by age in dated sources; a rank has no distances, so there all weigh one."""
        if not self.is_dated:
            return np.ones(len(rows))
        order = self.mature["order"].to_numpy()[rows]
        half_life = self.settings.calibration.half_life_days
        return forgetting_weights(order, now_seconds=int(order.max()), half_life_days=half_life)

    def learn_encoder(self, rows: Rows) -> Encoder:
        f = self.settings.features
        table = self.mature.iloc[rows]
        return Encoder.learn(
            table, self.features, min_rows=f.min_level_rows, max_levels=f.max_levels
        )

    def fit_rows(self, encoder: Encoder, rows: Rows) -> tuple[Float, Float, npt.NDArray[np.int64]]:
        return encoder.matrix(self.mature.iloc[rows]), self.y[rows], rows.astype(np.int64)

    def platt_on(self, p: Float, rows: Rows) -> Platt:
        c = self.settings.calibration
        return fit_platt(
            p, self.y[rows], slope_sd=c.slope_sd, intercept_sd=c.intercept_sd,
            weight=self.weight(rows), cluster=self.leads(rows),
        )  # fmt: skip

    def curve_on(self, rows: Rows) -> GridCurve:
        return fit_grid_curve(
            self.points[rows], self.y[rows],
            slope_sd=self.settings.calibration.grid_slope_sd, cluster=self.leads(rows),
        )  # fmt: skip

    def leads(self, rows: Rows) -> npt.NDArray[np.object_]:
        return self.mature["lead_id"].to_numpy(dtype=object)[rows]

    def judged(self) -> _Judged:
        s, fit, cal, test = self.settings, self.rows(FIT), self.rows(CALIBRATE), self.rows(TEST)
        both = self.rows(FIT, CALIBRATE)
        base_rate = float(self.y[both].mean())
        curve = self.curve_on(both)
        raw = np.full(len(self.mature), np.nan)
        if any(len(np.unique(self.y[r])) < 2 for r in (fit, cal, test)):
            return _Judged(base_rate, curve, None, None, None, raw, None)
        encoder = self.learn_encoder(fit)
        if not encoder.features:
            return _Judged(base_rate, curve, None, None, None, raw, None)
        trees = stopped_rounds(
            encoder, self.fit_rows(encoder, fit), self.fit_rows(encoder, cal), s.model,
            seed=s.seed, threads=s.threads,
        )  # fmt: skip
        raw[cal] = trees.predict(encoder.matrix(self.mature.iloc[cal]), threads=s.threads)
        both_trees = fitted(
            encoder, self.fit_rows(encoder, both), s.model,
            rounds=round(trees.rounds * s.model.refit_factor), seed=s.seed, threads=s.threads,
        )  # fmt: skip
        raw[test] = both_trees.predict(encoder.matrix(self.mature.iloc[test]), threads=s.threads)
        return _Judged(
            base_rate, curve, encoder, trees, both_trees, raw, self.platt_on(raw[cal], cal)
        )

    def final(self, judged: _Judged) -> tuple[Model | None, GridCurve]:
        """Run the recipe on every mature row; recalibrate on what was predicted out of time."""
        s = self.settings
        curve = self.curve_on(np.arange(len(self.mature)))
        if judged.trees_fit is None:
            return None, curve
        every = np.arange(len(self.mature))
        encoder = self.learn_encoder(every)
        trees = fitted(
            encoder, self.fit_rows(encoder, every), s.model,
            rounds=round(judged.trees_fit.rounds * s.model.refit_factor), seed=s.seed, threads=s.threads,
        )  # fmt: skip
        later = self.rows(CALIBRATE, TEST)
        return Model(encoder, trees, self.platt_on(judged.raw[later], later)), curve


def _evidence(work: _Work, judged: _Judged) -> pd.DataFrame:
    later = work.rows(CALIBRATE, TEST)
    raw = judged.raw[later]
    kept = work.mature.iloc[later][
        ["lead_id", "as_of", "order", "age_days", "label", "grid_points"]
    ]
    segments = [
        f.name for f in work.features if f.origin in ("channel", "product", "industry", "age")
    ]
    segments = [
        name for name in segments if name in work.mature.columns and name != "lead_age_days"
    ]
    p_model = judged.platt.apply(raw) if judged.platt is not None else raw
    return pd.concat([kept, work.mature.iloc[later][segments]], axis=1).assign(
        window=pd.Series(work.windows.name[later], index=kept.index).astype("str"),
        p_model=p_model,
        p_raw=raw,
        p_grid=judged.curve.apply(work.points[later]),
        p_base=judged.base_rate,
    )


def _refuse_hopeless(mature: pd.DataFrame) -> None:
    if mature.empty:
        raise GateError(
            "no-matured-rows",
            "no snapshot has a known outcome yet",
            fix="wait until label.horizon_days have passed, shorten it, or export a longer history",
        )
    won = int((mature["label"] == 1).sum())
    if won in (0, len(mature)):
        raise GateError(
            "one-class",
            f"{won} won / {len(mature) - won} not won among {len(mature)} mature snapshots: nothing to learn",
            fix="check `statuses` in the source mapping; until there are both, score with the grid alone",
        )
