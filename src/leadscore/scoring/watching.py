"""What training leaves for those who watch the world move: looks not decided yet, features that moved.

It judges no model. Features that tell the date are named before training; the rest is measured on
what training gives.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.domain.errors import GateError
from leadscore.domain.settings import Settings
from leadscore.history.dated import Dated, tells_date, without
from leadscore.history.features import Feature
from leadscore.history.log import DAY
from leadscore.history.splits import CALIBRATE, FIT, TEST, ordered_windows
from leadscore.metrics import bins, shift, word_bins
from leadscore.scoring.explain import without_value
from leadscore.scoring.grid.several import AnyGrid
from leadscore.scoring.scorer import Scorer
from leadscore.scoring.segments import Unfit, unfit_segments
from leadscore.scoring.training import Trained, train

Float = npt.NDArray[np.float64]
SCORE = "score"


@dataclass(frozen=True)
class Moved:
    """How far the score, or a feature, moved from the windows before the test window.

    Attributes
    ----------
    name, words
        Feature, or ``score``, and how a rep reads it.
    now
        What it is compared with: ``test`` window, or ``waiting``, the looks not decided yet.
    psi, bound
        PSI, and the value that chance exceeds for any of all features once in
        ``1 / drift.false_alarm``.
    n_then, n_now
        What the looks are worth in independent rows.
    has_moved
        Whether PSI is above its bound and above `drift.min_psi`.
    """

    name: str
    words: str
    now: str
    psi: float
    bound: float
    n_then: float
    n_now: float
    has_moved: bool


@dataclass(frozen=True)
class Watched:
    """What training leaves behind beside scorer and evidence.

    Attributes
    ----------
    waiting
        Looks whose horizon is not over, scored by the scorer: lead_id, as_of, order, p_issued,
        score. It learned from them what was known so far (`label.immature`).
    dated, moved, unfit
        Features that tell the date; features that moved; segments whose percentages are not shown.
    """

    waiting: pd.DataFrame
    dated: tuple[Dated, ...]
    moved: tuple[Moved, ...]
    unfit: tuple[Unfit, ...]

    def described(self) -> dict[str, Any]:
        """Return everything but the table as plain values for JSON."""
        return {
            "dated": [d.to_dict() for d in self.dated],
            "moved": [asdict(m) for m in self.moved],
            "unfit": [u.to_dict() for u in self.unfit],
        }

    @property
    def warnings(self) -> tuple[str, ...]:
        """What somebody should know before believing the scores, one line each."""
        return (
            *(f"{d.name} tells the date: {d.evidence}" for d in self.dated),
            *(
                f"no percentage is shown for {u.column} {u.value}: {u.promised:.1%} promised, {u.won:.1%} "
                f"won, {u.n:,} leads"
                for u in self.unfit
            ),
        )


def train_watched(
    snapshots: pd.DataFrame, features: Sequence[Feature], grid: AnyGrid, settings: Settings, *,
    until: pd.Timestamp | None, anchor_probability: float | None,
) -> tuple[Trained, Watched]:  # fmt: skip
    """Name the features that tell the date, train with or without them, and watch what moved.

    Parameters and errors as in `training.train`; the warnings of both are in the training's.
    """
    dated = dated_features(snapshots, features, settings, is_dated=until is not None)
    trained = train(
        snapshots, without(features, dated, settings.drift), grid, settings, until=until,
        anchor_probability=anchor_probability,
    )  # fmt: skip
    watched = watch(trained, snapshots, features, settings, dated=dated)
    return replace(trained, warnings=(*trained.warnings, *watched.warnings)), watched


def dated_features(
    snapshots: pd.DataFrame, features: Sequence[Feature], settings: Settings, *, is_dated: bool
) -> tuple[Dated, ...]:
    """Name the features that tell the date, before anything is trained.

    Where the mature looks cannot be cut into windows there is nothing to compare, and no name;
    training then says why.
    """
    mature = _mature(snapshots)
    purge = settings.label.horizon_days * DAY if is_dated else 0
    try:
        windows = ordered_windows(
            mature["order"].to_numpy(), calibrate_share=settings.split.calibrate_share,
            test_share=settings.split.test_share, purge=purge,
        )  # fmt: skip
    except GateError:
        return ()
    return tells_date(mature, features, windows, settings.drift)


def watch(
    trained: Trained, snapshots: pd.DataFrame, features: Sequence[Feature], settings: Settings,
    *, dated: tuple[Dated, ...],
) -> Watched:  # fmt: skip
    """Measure what moved between the windows of a training and since."""
    immature = snapshots.loc[~snapshots["is_mature"]].sort_values(
        ["order", "lead_id"], ignore_index=True
    )
    evidence = trained.evidence
    test = evidence.loc[evidence["window"] == TEST]
    unfit = unfit_segments(test, settings.drift, min_leads=settings.review.min_leads)
    waiting = _waiting(trained.scorer, immature, threads=settings.threads)
    moved = _moved(trained, _mature(snapshots), immature, features, settings)
    return Watched(waiting, dated, (*_moved_score(evidence, waiting, settings), *moved), unfit)


def _mature(snapshots: pd.DataFrame) -> pd.DataFrame:
    """Return the mature looks in the order in which training cuts them into windows."""
    mature = snapshots.loc[snapshots["is_mature"]]
    return mature.sort_values(["order", "lead_id"], ignore_index=True)


def _waiting(scorer: Scorer, immature: pd.DataFrame, *, threads: int) -> pd.DataFrame:
    kept = immature[["lead_id", "as_of", "order"]]
    if not len(immature):
        return kept.assign(p_issued=np.empty(0), score=np.empty(0))
    points = immature["grid_points"].to_numpy(dtype=np.float64)
    p = scorer.probability(immature, points, threads=threads)
    return kept.assign(p_issued=p, score=scorer.scale.score(p))


def _moved_score(evidence: pd.DataFrame, waiting: pd.DataFrame, settings: Settings) -> list[Moved]:
    then, test = (evidence.loc[evidence["window"] == name] for name in (CALIBRATE, TEST))
    pairs = [("test", test), ("waiting", waiting)]
    return [
        _one(
            Feature(SCORE, "number", "Score", SCORE), then, rows, now, settings, n_asked=1
        )
        for now, rows in pairs
        if len(rows)
    ]  # fmt: skip


def _moved(
    trained: Trained, mature: pd.DataFrame, immature: pd.DataFrame, features: Sequence[Feature],
    settings: Settings,
) -> list[Moved]:  # fmt: skip
    window = trained.windows.name
    then, test = mature.loc[np.isin(window, (FIT, CALIBRATE))], mature.loc[window == TEST]
    return [
        _one(feature, then, rows, now, settings, n_asked=len(features))
        for feature in features
        for now, rows in (("test", test), ("waiting", immature))
        if len(rows)
    ]


def _one(
    feature: Feature,
    then: pd.DataFrame,
    rows: pd.DataFrame,
    now: str,
    settings: Settings,
    *,
    n_asked: int,
) -> Moved:
    if feature.kind == "number":
        a, b = bins(*(t[feature.name].to_numpy(dtype=np.float64) for t in (then, rows)))
    else:
        a, b = word_bins(*(t[feature.name].tolist() for t in (then, rows)))
    found = shift(
        a, b, level=1 - settings.drift.false_alarm / n_asked, lead_then=then["lead_id"].astype(object).to_numpy(),
        lead_now=rows["lead_id"].astype(object).to_numpy(),
    )  # fmt: skip
    return Moved(
        feature.name, without_value(feature.words), now, found.psi, found.bound,
        found.n_then, found.n_now, found.psi > max(found.bound, settings.drift.min_psi),
    )  # fmt: skip
