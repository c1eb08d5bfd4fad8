"""Training: from labelled snapshots to a scorer and the evidence for it.

The recipe is judged on the last window by models that never saw it; then the same recipe is run on
every mature row, and that is what scores. The judged probabilities are the evidence of the review.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.domain.errors import GateError
from leadscore.domain.settings import Settings
from leadscore.history.features import Feature
from leadscore.history.log import DAY
from leadscore.history.splits import CALIBRATE, FIT, TEST, Windows, ordered_windows
from leadscore.metrics import Figure, row_rate
from leadscore.scoring import monotone
from leadscore.scoring.blend.additive import additive
from leadscore.scoring.blend.stack import LOGISTIC, TREES
from leadscore.scoring.blend.staleness import Step
from leadscore.scoring.explain import Importance, importance
from leadscore.scoring.fitting import Judged, Learned, Work
from leadscore.scoring.gates import Opinions, Verdict, judge
from leadscore.scoring.grid.several import AnyGrid
from leadscore.scoring.line import sigmoid
from leadscore.scoring.reasons import Typical, typical_values
from leadscore.scoring.reference import Usual, usual_columns
from leadscore.scoring.scale import Scale
from leadscore.scoring.scorer import Scorer

Float = npt.NDArray[np.float64]
_COLUMN = {"model": "p_model", "grid": "p_grid", "base_rate": "p_base"}
_SEGMENTS = ("channel", "product", "industry", "country", "age")
_EXPLAINED = 2_000  # looks behind the list of top features: its order settles long before


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
    fit_rate
        Share of wins in the fit window, with its interval: the base rate a newcomer would quote.
    n_inferred
        Looks whose horizon is not over that taught the scorer too.
    learned
        What left-out looks decided before the test window; None without a model.
    staleness
        What models lose by getting older, by the folds before the test window; empty without a model.
    importance
        Features by mean |score points| over the latest mature looks, strongest first.
    usual
        How the leads' properties were: what the night compares its leads with.
    typical
        Typical values of the model's features: what a reason compares a lead with; empty without a model.
    warnings
        What was odd about the training set, one line each.
    """

    scorer: Scorer
    verdict: Verdict
    evidence: pd.DataFrame
    windows: Windows
    fit_rate: Figure
    n_inferred: int
    learned: Learned | None
    staleness: tuple[Step, ...]
    importance: list[Importance]
    usual: tuple[Usual, ...]
    typical: tuple[Typical, ...]
    warnings: tuple[str, ...]


def train(
    snapshots: pd.DataFrame,
    features: Sequence[Feature],
    grid: AnyGrid,
    settings: Settings,
    *,
    until: pd.Timestamp | None,
    anchor_probability: float | None = None,
) -> Trained:
    """Train on a snapshots table: judged on mature rows, taught by the others too (`label.immature`).

    Parameters
    ----------
    snapshots
        `domain.schemas.SNAPSHOTS` with the features' columns and `grid_points`.
    until
        Moment of the export (UTC). None: a source without dates, whose `order` is a rank without
        distances; nothing is purged, forgotten or inferred.
    anchor_probability
        Probability that a signed decision pins to score 50; else the setting's, else the base rate.

    Raises
    ------
    GateError
        ``no-matured-rows`` or ``one-class``.
    """
    work = work_of(snapshots, features, settings, until=until)
    judged = work.judged()
    evidence = _evidence(work, judged)
    verdict = _verdict(evidence, judged, settings)
    anchor = anchor_probability or settings.scale.anchor_probability or judged.base_rate
    scale = Scale(settings.scale.points_to_double, float(anchor))
    chosen = evidence[_COLUMN[verdict.opinion]]
    model, curve = work.final(judged)
    every = np.arange(len(work.mature))
    base_rate = work.recent_rate(work.rows(CALIBRATE, TEST), otherwise=every)
    scorer = Scorer(verdict.opinion, model, grid, curve, base_rate, scale)
    fit = work.rows(FIT)
    return Trained(
        scorer=scorer,
        verdict=verdict,
        evidence=evidence.assign(p_issued=chosen, score=scale.score(chosen.to_numpy())),
        windows=work.windows,
        fit_rate=row_rate(work.y[fit], cluster=work.leads(fit)),
        learned=judged.learned,
        staleness=judged.staleness,
        importance=_importance(scorer, work.mature),
        n_inferred=len(work.looks) - len(work.mature) if work.infers and model else 0,
        usual=usual_columns(work.mature, features, model.encoder if model else None),
        typical=typical_values(work.mature, model.encoder) if model else (),
        warnings=_warnings(work, settings),
    )


def work_of(
    snapshots: pd.DataFrame,
    features: Sequence[Feature],
    settings: Settings,
    *,
    until: pd.Timestamp | None,
) -> Work:
    """Cut the mature rows into windows, refusing what nothing can be learned from (errors as `train`)."""
    looks = snapshots.sort_values(
        ["is_mature", "order", "lead_id"], ascending=[False, True, True], ignore_index=True
    )
    mature = looks.iloc[: int(looks["is_mature"].sum())]
    _refuse_hopeless(mature)
    windows = ordered_windows(
        mature["order"].to_numpy(),
        calibrate_share=settings.split.calibrate_share,
        test_share=settings.split.test_share,
        purge=settings.label.horizon_days * DAY if until is not None else 0,
    )
    before_test = mature.loc[np.isin(windows.name, (FIT, CALIBRATE)), "label"]
    _refuse_one_class(before_test, "mature snapshots before the test window")
    monotone.check(features, settings.model.monotone)
    return Work(looks, tuple(features), windows, settings, until)


def _warnings(work: Work, settings: Settings) -> tuple[str, ...]:
    """Return what is odd about the mature looks: columns that tell nothing, a base rate like no other."""
    told = []
    constant = [f.name for f in work.features if _is_constant(work.mature[f.name])]
    if constant:
        shown = ", ".join(constant[:10]) + (", ..." if len(constant) > 10 else "")
        told.append(
            f"{len(constant)} features are the same in all mature looks and left out: {shown}"
        )
    low, high = settings.gates.usual_base_rate
    won, n = int(work.y.sum()), len(work.y)
    if not low <= won / n <= high:
        told.append(
            f"{won:,} of {n:,} mature looks are won ({won / n:.2%}), outside {low:g} to {high:g}: check "
            "`statuses` in the source mapping, and the calibration in the report"
        )
    return tuple(told)


def _is_constant(column: pd.Series) -> bool:
    return len(pd.factorize(column, use_na_sentinel=False)[1]) < 2


def _verdict(evidence: pd.DataFrame, judged: Judged, settings: Settings) -> Verdict:
    test = evidence.loc[evidence["window"] == TEST]
    opinions = Opinions(
        y=test["label"].to_numpy(),
        model=test["p_model"].to_numpy() if judged.learned is not None else None,
        grid=test["p_grid"].to_numpy(),
        base=test["p_base"].to_numpy(),
        lead_id=test["lead_id"].to_numpy(dtype=object),
        why_no_model=judged.why_no_model,
    )
    return judge(
        opinions, settings.gates, n_resamples=settings.review.bootstrap, seed=settings.seed
    )


def _importance(scorer: Scorer, mature: pd.DataFrame) -> list[Importance]:
    """Return the features by what they move in the blend; rules of the grid are not among them."""
    if scorer.model is None:
        return []
    model, latest = scorer.model, mature.tail(_EXPLAINED)
    x, points = model.encoder.matrix(latest), latest["grid_points"].to_numpy(dtype=np.float64)
    own = model.parts, model.weights, model.platt, model.levels
    split = additive(*own, x, points, points[:, None])
    per_log_odds = scorer.scale.points_to_double / float(np.log(2.0))
    return importance(model.encoder, split.features, points_per_log_odds=per_log_odds)


def _evidence(work: Work, judged: Judged) -> pd.DataFrame:
    later = work.rows(CALIBRATE, TEST)
    raw, z = judged.raw[later], judged.z[later]
    kept = work.mature.iloc[later][
        ["lead_id", "as_of", "order", "age_days", "label", "grid_points"]
    ]
    segments = [f.name for f in work.features if f.origin in _SEGMENTS]
    segments = [
        name for name in segments if name in work.mature.columns and name != "lead_age_days"
    ]
    return pd.concat([kept, work.mature.iloc[later][segments]], axis=1).assign(
        window=pd.Series(work.windows.name[later], index=kept.index).astype("str"),
        p_model=judged.probability[later],
        p_raw=raw,
        p_logistic=sigmoid(z[:, LOGISTIC]),
        p_trees=sigmoid(z[:, TREES]),
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
    _refuse_one_class(mature["label"], "mature snapshots")


def _refuse_one_class(label: pd.Series, where: str) -> None:
    won = int((label == 1).sum())
    if won in (0, len(label)):
        raise GateError(
            "one-class",
            f"{won} won / {len(label) - won} not won among {len(label)} {where}: nothing to learn",
            fix="check `statuses` in the source mapping, or export a longer history",
        )
