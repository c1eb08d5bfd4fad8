"""One threshold at a time: whether the evidence moves it, it may move, and the replay agrees.

A cut is judged alone, then held against the other one, then against money; every "no" has a reason.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from leadscore.domain.settings import ThresholdSettings
from leadscore.metrics import Figure, without_interval
from leadscore.review.cuts import Optimum, Tier
from leadscore.review.effect import Effect
from leadscore.review.evidence import Evidence
from leadscore.scoring.cutting import Stepped, StepRule, step
from leadscore.scoring.scale import Scale

CHANGE, NO_CHANGE = "change", "no change"
_ENDS = (1.0, 99.0)  # no threshold is moved beyond: everybody or nobody is no list


@dataclass(frozen=True)
class Cut:
    """One threshold: in force, best by the evidence, proposed, and why.

    Attributes
    ----------
    probability
        The probability a lead needs at the cut; None unless value sets it.
    best
        The best cut in score points with its interval.
    p_gain
        Probability that moving all the way to the best cut gains; None where unknown.
    share
        How much of the way the step goes, before dead band and largest step; None where unknown.
    """

    tier: str
    in_force: float
    proposed: float
    verdict: str
    reason: str
    probability: float | None
    best: Figure
    p_gain: float | None
    share: float | None


def judged(
    name: Tier, looks: Evidence, best: Optimum, settings: ThresholdSettings, scale: Scale, *, at: float
) -> Cut:  # fmt: skip
    """Judge one threshold by itself: a step towards the best cut, as far as the evidence is sure."""
    probability = settings.worth(name) if settings.method == "value" else None
    if best.impossible is not None:
        none = without_interval(best.impossible, n=looks.n_leads, n_won=looks.n_won)
        return Cut(name, at, at, NO_CHANGE, best.impossible, probability, none, None, None)
    figure = best.figure(looks)
    found = _found(name, settings, figure, looks)
    p_gain = best.gain_probability(looks, scale, at=at)
    rule = StepRule(
        settings.min_step_probability, settings.dead_band_points, settings.largest_step_points
    )
    gone = step(at, best.value, p_gain, rule, unit=1.0)
    to = float(np.clip(gone.to, *_ENDS)) if gone.why_not is None else at
    reason = f"{found}{_told(gone, settings, at)}"
    verdict = CHANGE if to != at else NO_CHANGE
    return Cut(name, at, to, verdict, reason, probability, figure, p_gain, gone.share)


def _told(gone: Stepped, settings: ThresholdSettings, at: float) -> str:
    """Say why the cut moves as far as it does, or not."""
    if settings.method == "precision":
        return _told_of_promise(gone, settings, at)
    sure = f"moving there from the {at:g} in force gains with a probability of {gone.gain_probability:.0%}"
    if gone.why_not == "unsure":
        return f"; {sure}, below {settings.min_step_probability:.0%}"
    if gone.why_not == "small":
        return (
            f"; {sure}, and the step is below the dead band of {settings.dead_band_points:g} points"
        )
    if gone.was_cut_short:
        return f"; {sure}; the step is the largest of a quarter, {settings.largest_step_points:g} points"
    return f"; {sure}, so the step goes {gone.share:.0%} of the way"


def _told_of_promise(gone: Stepped, settings: ThresholdSettings, at: float) -> str:
    """Say how far a cut that keeps a promise moves: raised at once, lowered as far as the promise is sure."""
    lies = f"the {at:g} in force lies below" if gone.is_up else f"the {at:g} in force lies above"
    if gone.why_not == "small":
        return (
            f"; {lies}, and the step is below the dead band of {settings.dead_band_points:g} points"
        )
    if gone.was_cut_short:
        return f"; {lies}; the step is the largest of a quarter, {settings.largest_step_points:g} points"
    return f"; {lies}, so the step goes {gone.share:.0%} of the way"


def ordered(hot: Cut, warm: Cut, *, largest: float) -> tuple[Cut, Cut]:
    """Keep hot above warm: the other cut moves along, by no more than `largest` points, or nothing moves."""
    if hot.proposed > warm.proposed:
        return hot, warm
    together = [_moved_along(cut, largest) for cut in (hot, warm)]
    if together[0].proposed > together[1].proposed:
        return together[0], together[1]
    reason = "moved by the evidence, hot would not stay above warm"
    stay = [replace(cut, proposed=cut.in_force, verdict=NO_CHANGE, reason=reason)
            for cut in (hot, warm)]  # fmt: skip
    return stay[0], stay[1]


def not_contradicted(hot: Cut, warm: Cut, effect: tuple[Effect, ...]) -> tuple[Cut, Cut]:
    """Take back a move that the replay of the last quarter's leads contradicts (method ``value``).

    The curve speaks of the leads between the cuts, the replay of all: a lower cut also has leads worked
    earlier, whose win may then come too late to count.
    """
    profit = [e for e in effect if e.what.startswith("profit")]
    kept = [
        _taken_back(cut, lost) if cut.verdict == CHANGE and lost.difference.high < 0 else cut
        for cut, lost in zip((hot, warm), profit, strict=True)
    ]
    if kept[0].proposed > kept[1].proposed:
        return kept[0], kept[1]
    reason = "with one cut taken back, hot would not stay above warm"
    stay = [replace(c, proposed=c.in_force, verdict=NO_CHANGE, reason=reason) for c in kept]
    return stay[0], stay[1]


def _taken_back(cut: Cut, effect: Effect) -> Cut:
    lost = effect.difference
    told = f"{-lost.value:,.0f} {effect.unit} (95% {-lost.high:,.0f} to {-lost.low:,.0f})"
    reason = (
        f"{cut.reason}, but replayed on the last quarter's leads, each worked once at its first look there, "
        f"the move loses {told}"
    )
    return replace(cut, proposed=cut.in_force, verdict=NO_CHANGE, reason=reason)


def _moved_along(cut: Cut, largest: float) -> Cut:
    if cut.verdict == CHANGE or math.isnan(cut.best.value):
        return cut
    within = np.clip(cut.best.value, cut.in_force - largest, cut.in_force + largest)
    moved = float(round(np.clip(within, *_ENDS)))
    if moved == cut.in_force:
        return cut
    reason = f"{cut.reason}; moves along so that hot stays above warm"
    return replace(cut, proposed=moved, verdict=CHANGE, reason=reason)


def _found(name: Tier, settings: ThresholdSettings, best: Figure, looks: Evidence) -> str:
    """Say what the best cut is, and where."""
    if settings.method == "precision":
        target = settings.hot_precision if name == "hot" else settings.warm_precision
        sure = settings.precision_confidence
        return (
            f"of the leads at or above {best.value:.0f} points at least {target:.0%} win, "
            f"with a confidence of {sure:.0%}"
        )
    at = f"{best.value:.1f} points (95% {best.low:.1f} to {best.high:.1f})"
    if settings.method == "capacity":
        calls = settings.hot_calls_per_week if name == "hot" else settings.warm_calls_per_week
        return f"{calls:g} leads a week stand at or above {at}{_spread(looks, best.value, calls)}"
    pays = f"{settings.worth(name):.1%} won"
    if best.value <= looks.score.min():
        return f"leads of every score seen pay ({pays} or more)"
    if best.value > looks.score.max():
        return f"leads of no score seen pay (less than {pays})"
    return f"best scores of leads that pay ({pays}) begin at {at}"


def _spread(looks: Evidence, cut: float, calls: float) -> str:
    """Say how uneven the weeks are: no fixed cut fits them all."""
    _, week, score = looks.best_of_week()
    volume = np.bincount(week[score >= cut], minlength=int(looks.week.max()) + 1)[
        np.unique(looks.week)
    ]
    over = int((volume > calls).sum())
    idle = float(np.clip(calls - volume, 0, None).mean() / calls)
    return (
        f"; {over} of {len(volume)} weeks bring more, up to {volume.max()}, and in a mean week "
        f"{idle:.0%} of the calls find no such lead"
    )
