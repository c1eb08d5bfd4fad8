"""The ground of a search for better settings of the trees: folds to search on, later looks to judge on.

Searched on forward folds of what was known before the calibrate window; judged once, on the calibrate
window. The test window is not looked at: it stays for the gates of training.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.domain.errors import GateError
from leadscore.domain.model_settings import ModelSettings
from leadscore.domain.settings import Settings
from leadscore.history.dated import without
from leadscore.history.features import Feature
from leadscore.history.splits import CALIBRATE, FIT
from leadscore.metrics import Difference, log_loss, paired_difference
from leadscore.scoring.blend.lessons import Lesson
from leadscore.scoring.blend.parts import Encoded
from leadscore.scoring.blend.recipe import held, left_out, weights_of, worth
from leadscore.scoring.blend.stack import TREES
from leadscore.scoring.fitting import Work
from leadscore.scoring.line import levelled, sigmoid
from leadscore.scoring.training import work_of
from leadscore.scoring.watching import dated_features

Float = npt.NDArray[np.float64]
COMPLETE, PRUNED = "complete", "pruned"
_LEAST_FOLDS = 2


@dataclass(frozen=True)
class Heard:
    """What the folds up to one say of some settings.

    Attributes
    ----------
    mean
        Their mean loss at the round best for all of them, the latest folds saying most.
    losses
        The loss of each of them at that round.
    rounds
        The round, from 1.
    """

    mean: float
    losses: tuple[float, ...]
    rounds: int


@dataclass(frozen=True)
class Tried:
    """One trial: settings of `model`, and what the folds said until it was complete or pruned."""

    number: int
    values: Mapping[str, float]
    state: str
    heard: Heard

    @property
    def is_complete(self) -> bool:
        """Whether every fold was asked."""
        return self.state == COMPLETE

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        heard = self.heard
        return {
            "trial": self.number, "state": self.state, "values": dict(self.values),
            "loss": heard.mean, "fold_losses": list(heard.losses), "rounds": heard.rounds,
        }  # fmt: skip


@dataclass(frozen=True)
class Judgement:
    """The best settings against those in force on the calibrate window, both levelled; below 0 is better.

    Attributes
    ----------
    trees
        Log loss of the trees alone.
    blend
        Log loss of the blend, of which the trees are a part: what a score is made of.
    """

    trees: Difference
    blend: Difference

    @property
    def is_better(self) -> bool:
        """Whether the trees' interval lies below zero, and the blend's not above it."""
        trees, blend = self.trees.figure, self.blend.figure
        return bool(trees.high < 0) and not bool(blend.low > 0)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        return {
            name: {**each.figure.to_dict(), "p_better": each.p_a_better}
            for name, each in (("trees", self.trees), ("blend", self.blend))
        }


@dataclass(frozen=True)
class Outcome:
    """All trials in order, the first with the settings in force; the best, and how it was judged.

    `judgement` is None where no trial did better on the folds.
    """

    trials: tuple[Tried, ...]
    judgement: Judgement | None

    @property
    def best(self) -> Tried:
        """The complete trial of least loss; of two alike, the earlier."""
        complete = [each for each in self.trials if each.is_complete]
        return min(complete, key=lambda each: (each.heard.mean, each.number))

    @property
    def is_better(self) -> bool:
        """Whether other settings than those in force are proposed."""
        return self.judgement is not None and self.judgement.is_better

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for JSON."""
        judged = self.judgement
        return {
            "verdict": "change" if self.is_better else "keep",
            "best": self.best.number,
            "trials": [each.to_dict() for each in self.trials],
            "judged": None if judged is None else judged.to_dict(),
        }


@dataclass(frozen=True)
class Ground:
    """The folds, encoded once for all trials, how much each counts, and what the judge will ask.

    `weights` float64[n_folds] sum to 1.
    """

    work: Work
    folds: tuple[Encoded, ...]
    weights: Float

    def heard(self, model: ModelSettings) -> Iterator[Heard]:
        """Yield after each fold, earliest first, what the folds so far say of some settings."""
        teacher = with_model(self.work, model).teacher
        losses: list[Float] = []
        for fold in self.folds:
            losses.append(teacher.stopped(fold)[1].losses)
            weights = self.weights[: len(losses)] / self.weights[: len(losses)].sum()
            by_round = held(losses)
            at = int((weights @ by_round).argmin())
            own = tuple(float(loss) for loss in by_round[:, at])
            yield Heard(float(weights @ by_round[:, at]), own, at + 1)

    def judged(self, default: ModelSettings, other: ModelSettings) -> Judgement:
        """Teach both by what was known before the calibrate window, and compare them on it."""
        rows = self.work.rows(CALIBRATE)
        y, leads, s = self.work.y[rows], self.work.leads(rows), self.work.settings
        ours, theirs = (_opinions(with_model(self.work, model), y) for model in (other, default))
        trees, blend = (
            paired_difference(
                log_loss, y, sigmoid(a), sigmoid(b), lower_is_better=True, cluster=leads,
                n_resamples=s.review.bootstrap, seed=s.seed,
            )
            for a, b in zip(ours, theirs, strict=True)
        )  # fmt: skip
        return Judgement(trees, blend)

    def told(self) -> dict[str, Any]:
        """Return what the search rests on, as plain values: looks and wins of folds and judge."""
        rows = self.work.rows(CALIBRATE)
        return {
            "folds": [
                {"looks": len(f.lesson.y), "later": len(f.hold.y), "later_won": int(f.hold.y.sum()),
                 "weight": float(weight)}
                for f, weight in zip(self.folds, self.weights, strict=True)
            ],
            "judge": {
                "looks": len(rows), "leads": len(set(self.work.leads(rows))),
                "won_leads": _won_leads(self.work, CALIBRATE),
            },
        }  # fmt: skip


def with_model(work: Work, model: ModelSettings) -> Work:
    """Return the same work with other settings of the trees."""
    return replace(work, settings=work.settings.model_copy(update={"model": model}))


def rounded(values: Mapping[str, float]) -> dict[str, float]:
    """Return settings as somebody would write them: four digits, so that the proposal is what was judged.

    Examples
    --------
    >>> rounded({"num_leaves": 15, "learning_rate": 0.0512345})
    {'num_leaves': 15, 'learning_rate': 0.05123}
    """
    return {
        name: value if isinstance(value, int) else float(f"{value:.4g}")
        for name, value in values.items()
    }


def ground_of(
    snapshots: pd.DataFrame, features: Sequence[Feature], settings: Settings, *,
    until: pd.Timestamp | None,
) -> Ground:  # fmt: skip
    """Cut snapshots as training does, and encode the folds before the calibrate window.

    Raises
    ------
    GateError
        ``no-matured-rows``, ``one-class``, ``no-window`` as in training; ``too-few-wins``: nothing
        could be told from chance, or too few folds can be learned from.
    """
    dated = dated_features(snapshots, features, settings, is_dated=until is not None)
    kept = without(features, dated, settings.drift)
    work = work_of(snapshots, kept, settings, until=until)
    _refuse_few_wins(work)
    known = work.rows(FIT)
    looks, y = work.mature.iloc[known], work.y[known]
    found = [
        work.teacher.encoded(f.lesson, Lesson(looks.iloc[f.later], y[f.later]))
        for f in work.folds(known)
        if len(np.unique(y[f.later])) == 2
    ]
    folds = tuple(each for each in found if each is not None)
    if len(folds) < _LEAST_FOLDS:
        raise GateError(
            "too-few-wins",
            f"{len(folds)} of {settings.blend.folds} folds before the calibrate window hold won and lost "
            f"leads and a feature to tell them apart, {_LEAST_FOLDS} needed",
            fix="keep the settings of `model`, and search again with a longer history",
        )
    sizes = np.array([len(each.hold.y) for each in folds], dtype=np.float64)
    weights = worth(sizes, settings.blend, is_ordered=work.teacher.is_ordered)
    return Ground(work, folds, weights / weights.sum())


def _opinions(work: Work, y: Float) -> tuple[Float, Float]:
    """Return log-odds of trees and blend on the calibrate window, levelled to its outcomes `y`."""
    known, rows = work.rows(FIT), work.rows(CALIBRATE)
    found = left_out(
        work.teacher, list(work.folds(known)), Lesson(work.mature.iloc[known], work.y[known])
    )
    if found is None:
        raise AssertionError("the folds that were searched on teach nothing")
    at, own = found.rows, known[found.rows]
    weights = weights_of(
        found.z[at], work.y[own], work.leads(own), work.settings, block=found.block[at]
    )
    lesson = work.lesson(known, before=work.windows.calibrate_from)
    parts = work.teacher.fit(lesson, found.recipe)
    z = parts.log_odds(work.mature.iloc[rows], work.points[rows], threads=work.settings.threads)
    trees, blend = sigmoid(z[:, TREES]), weights.probability(z)
    return levelled(trees, y), levelled(blend, y)


def _won_leads(work: Work, *windows: str) -> int:
    rows = work.rows(*windows)
    return len(set(work.leads(rows)[work.y[rows] == 1]))


def _refuse_few_wins(work: Work) -> None:
    least = work.settings.gates.min_won
    for name in (FIT, CALIBRATE):
        won = _won_leads(work, name)
        if won < least or won == len(set(work.leads(work.rows(name)))):
            raise GateError(
                "too-few-wins",
                f"{won} won leads in the {name} window, {least} needed (gates.min_won) beside lost ones: "
                "better settings could not be told from chance",
                fix="keep the settings of `model`, and search again with a longer history",
            )
