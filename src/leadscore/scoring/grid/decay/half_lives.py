"""How long an event keeps its worth, learned from outcomes: a half-life by type, with its interval.

Each half-life is that of a type given all others; where the data cannot tell, it says so. It changes no
grid.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from leadscore.scoring.grid.decay.fit import SATURATIONS, At, Likelihood, Saturation
from leadscore.scoring.grid.decay.looks import DecayLooks, Seen, gathered
from leadscore.scoring.grid.decay.profile import Ends, ends_of, weighed_best


@dataclass(frozen=True)
class HalfLife:
    """The half-life of one event type, given all others.

    Attributes
    ----------
    event
        Name of the type.
    days
        Half-life; NaN where there are too few leads.
    low, high
        Interval at `level`, over leads; 0 and infinity where it is open.
    level
        Chance that such intervals hold the half-life, such as 0.95.
    weight
        Log-odds per fresh event (under saturation: of very many); below 0 it speaks against a win.
    n_looks, n_leads, n_won
        Looks used that come after such an event, their leads, and how many of these were won.
    why_not
        Why the data cannot tell, None where they do.
    """

    event: str
    days: float
    low: float
    high: float
    level: float
    weight: float
    n_looks: int
    n_leads: int
    n_won: int
    why_not: str | None = None

    @property
    def tells(self) -> bool:
        """Tell whether the data bound the half-life on both sides."""
        return self.why_not is None


@dataclass(frozen=True)
class LearnedDecay:
    """Half-lives of all types, most frequent first, and what they were learned from.

    Attributes
    ----------
    saturation
        How further events of a type add up.
    log_loss
        Mean log loss per look, on the looks it was learned from, with the weak priors.
    n_looks, n_leads, n_won
        Looks used, their leads, leads won.
    share
        Share of the looks with a known label that was taken.
    """

    half_lives: tuple[HalfLife, ...]
    saturation: Saturation
    log_loss: float
    n_looks: int
    n_leads: int
    n_won: int
    share: float


def learned_half_lives(
    parts: Seen,
    events: Sequence[str],
    *,
    min_leads: int,
    other: Sequence[str] = (),
    saturation: Saturation | None = None,
    wanted: Sequence[str] | None = None,
    usual_days: tuple[float, float] = (2.0, 100.0),
    range_days: tuple[float, float] = (1.0, 365.0),
    level: float = 0.95,
    max_looks: int = 300_000,
) -> LearnedDecay:
    """Learn the half-lives of event types together, by the likelihood of the looks' outcomes.

    Parameters
    ----------
    parts
        Pairs of looks (lead_id, as_of, age_days, label; NaN labels are not used) and the log of the
        same leads, as `scoring.view.Sources.parts` gives them; no lead in two pairs.
    events
        The event types that may matter; leaving one out gives its part to those that go with it.
    min_leads
        A type that fewer leads had is left out, and says so.
    other
        Numeric columns of the looks that enter the log-odds too; the age always does.
    saturation
        How further events of a type add up; None: what fits best.
    wanted
        Types whose interval is asked for, the others' stays open; None: all. Intervals cost most of
        the time.
    usual_days
        Where 95 of 100 half-lives are expected before looking: it draws those of which the data tell
        little to its middle, and no interval rests on it.
    range_days
        Half-lives allowed; an interval that reaches an end is open there.
    level
        Chance that an interval holds the half-life.
    max_looks
        Most looks used, see `decay.looks.gathered`.

    Raises
    ------
    ValueError
        No look has a known label, or all have the same.
    """
    looks, share = gathered(parts, events, other=other, max_looks=max_looks)
    if looks.label.min() == looks.label.max():
        raise ValueError("decay: all looks have the same label")
    support = {name: _support(looks, i) for i, name in enumerate(events)}
    frequent = sorted(events, key=lambda name: (-len(looks.time[looks.events.index(name)]), name))
    fitted = [name for name in frequent if support[name][1] >= max(min_leads, 1)]
    if not fitted:
        rare = tuple(_too_few(name, support[name], level, min_leads) for name in frequent)
        return _learned(looks, rare, "none", np.nan, share)
    kinds = SATURATIONS if saturation is None else (saturation,)
    chosen = looks.of_events(fitted)
    fits = [weighed_best(Likelihood(chosen, kind, range_days, usual_days)) for kind in kinds]
    likelihood, best = min(fits, key=lambda fit: fit[1].loss)
    asked = [name for name in fitted if wanted is None or name in wanted]
    places = {name: fitted.index(name) for name in asked}
    ends = {name: ends_of(likelihood, best, i, level=level) for name, i in places.items()}
    half_lives = [
        _half_life(likelihood, best, name, ends.get(name), support[name], level)
        if name in fitted
        else _too_few(name, support[name], level, min_leads)
        for name in frequent
    ]
    loss = best.loss / len(looks)
    return _learned(looks, tuple(half_lives), likelihood.saturation, loss, share)


def _half_life(
    likelihood: Likelihood,
    best: At,
    name: str,
    ends: Ends | None,
    support: tuple[int, int, int],
    level: float,
) -> HalfLife:
    why_not = "no interval asked for" if ends is None else _open(ends, likelihood.range_days)
    ends = Ends(-np.inf, np.inf) if ends is None else ends
    place = likelihood.looks.events.index(name)
    days = float(np.exp(best.point[likelihood.half_life_at(place)]))
    weight = float(best.point[likelihood.weight_at(place)])
    low, high = float(np.exp(ends.low)), float(np.exp(ends.high))
    return HalfLife(name, days, low, high, level, weight, *support, why_not)


def _open(ends: Ends, range_days: tuple[float, float]) -> str | None:
    """Say at which end the likelihood is flat; None where it is at neither."""
    low, high = range_days
    if np.isinf(ends.low) and np.isinf(ends.high):
        return f"any half-life from {low:g} to {high:g} days fits about as well"
    if np.isinf(ends.high):
        return f"half-lives up to {high:g} days and more fit about as well"
    if np.isinf(ends.low):
        return f"half-lives down to {low:g} days and less fit about as well"
    return None


def _too_few(name: str, support: tuple[int, int, int], level: float, min_leads: int) -> HalfLife:
    nan = float("nan")
    why = f"too few: {support[1]} leads, {min_leads} needed"
    return replace(HalfLife(name, nan, 0.0, np.inf, level, nan, *support), why_not=why)


def _support(looks: DecayLooks, place: int) -> tuple[int, int, int]:
    """Count the looks after an event of a type, their leads, and those of them that were won."""
    first = np.full(looks.n_leads, np.iinfo(np.int64).max)
    has = np.diff(looks.start[place]) > 0
    first[has] = looks.time[place][looks.start[place][:-1][has]]
    after = looks.as_of >= first[looks.lead]
    n_leads = len(np.unique(looks.lead[after]))
    n_won = len(np.unique(looks.lead[after & (looks.label > 0.5)]))
    return int(after.sum()), n_leads, n_won


def _learned(
    looks: DecayLooks,
    found: tuple[HalfLife, ...],
    saturation: Saturation,
    loss: float,
    share: float,
) -> LearnedDecay:
    n_won = len(np.unique(looks.lead[looks.label > 0.5]))
    return LearnedDecay(found, saturation, loss, len(looks), looks.n_leads, n_won, share)
