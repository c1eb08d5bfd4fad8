"""How well a column ranks leads, and how sure that is: the statistics the leakage checks share.

Every figure comes with its n and either a 95 % interval or its distance from chance in standard errors.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from leadscore.metrics import rate

Float = npt.NDArray[np.float64]
Int = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]

_SMOOTH = 20.0  # leads of the mean rate added to every value, so that rare values say little
_Z95 = 1.96
_FEWEST = 10  # won, or lost, leads below which no ranking is believed
_SURE = 0.75  # of the way from chance to a limit that the interval must lie above
NEIGHBOURS = 50  # closed leads in a row that came together


@dataclass(frozen=True)
class Signal:
    """How well something ranks leads.

    Attributes
    ----------
    auc
        ROC AUC; above 0.5 higher ranks win more. 0.5 where one outcome is missing.
    z
        Distance from 0.5 in standard errors of chance, ties allowed for.
    low, high
        95 % interval (DeLong, DeLong, Clarke-Pearson 1988, 10.2307/2531595).
    n, n_won
        Leads behind it.
    """

    auc: float
    z: float
    low: float
    high: float
    n: int
    n_won: int

    def folded(self) -> Signal:
        """Return the signal read in the direction that ranks better than chance."""
        if self.auc >= 0.5:
            return self
        return Signal(1 - self.auc, -self.z, 1 - self.high, 1 - self.low, self.n, self.n_won)

    def exceeds(self, limit: float, *, min_z: float) -> bool:
        """Tell whether it ranks above a limit, and not by chance: of few won or lost leads nothing is sure."""
        sure = self.z >= min_z and min(self.n_won, self.n - self.n_won) >= _FEWEST
        return sure and self.auc > limit and self.low > 0.5 + _SURE * (limit - 0.5)

    def __str__(self) -> str:
        """Return it as evidence is told: ``AUC 0.912 [0.901, 0.923], n = 1,200``."""
        return f"AUC {self.auc:.3f} [{self.low:.3f}, {self.high:.3f}], n = {self.n:,}"


_NOTHING = Signal(0.5, 0.0, 0.0, 1.0, 0, 0)


def by_rank(code: Int, won: Mask) -> Signal:
    """Return how well codes of at least 0 rank leads, a higher code first."""
    if not len(code):
        return _NOTHING
    n_levels = int(code.max()) + 1
    won_of = np.bincount(code[won], minlength=n_levels).astype(np.float64)
    lost_of = np.bincount(code[~won], minlength=n_levels).astype(np.float64)
    return _signal(won_of, lost_of)


def by_level(code: Int, won: Mask) -> Signal:
    """Return how well codes rank leads by the win rate their value has in the other half of the rows.

    The halves are the odd and the even rows; each half is ranked by itself, so a rare value cannot
    learn its own outcome. The two halves count by their pairs of a won and a lost lead.
    """
    half = np.arange(len(code)) % 2
    n_levels = int(code.max()) + 1 if len(code) else 0
    both = [
        (
            np.bincount(code[(half == h) & won], minlength=n_levels).astype(np.float64),
            np.bincount(code[(half == h) & ~won], minlength=n_levels).astype(np.float64),
        )
        for h in (0, 1)
    ]
    signals, pairs = [], []
    for own in (0, 1):
        (won_of, lost_of), (other_won, other_lost) = both[own], both[1 - own]
        base = other_won.sum() / max(other_won.sum() + other_lost.sum(), 1.0)
        rates = (other_won + _SMOOTH * base) / (other_won + other_lost + _SMOOTH)
        _, place = np.unique(np.round(rates, 12), return_inverse=True)
        signals.append(_signal(_sums(place, won_of), _sums(place, lost_of)))
        pairs.append(won_of.sum() * lost_of.sum())
    return _joined(signals, np.asarray(pairs))


def _sums(code: npt.NDArray[np.integer], weight: npt.NDArray[np.generic] | None = None) -> Float:
    """Return the sum of weights (or the number) of each code from 0."""
    return np.bincount(code, weight).astype(np.float64)


def crossed_rates(code: Int, won: Mask) -> Float:
    """Return per row the smoothed win rate its value has in the other half of the rows (odd and even)."""
    half = np.arange(len(code)) % 2
    rates = np.empty(len(code))
    n_levels = int(code.max()) + 1 if len(code) else 0
    for own in (0, 1):
        other = half != own
        wins = np.bincount(code[other], won[other], minlength=n_levels)
        rows = np.bincount(code[other], minlength=n_levels)
        base = float(won[other].mean()) if other.any() else 0.0
        rates[half == own] = ((wins + _SMOOTH * base) / (rows + _SMOOTH))[code[half == own]]
    return rates


def _joined(signals: list[Signal], pairs: Float) -> Signal:
    if pairs.sum() == 0:
        return _NOTHING
    share = pairs / pairs.sum()
    auc = float(np.dot(share, [s.auc for s in signals]))
    errors = [(s.auc - 0.5) / s.z if s.z else 0.0 for s in signals]
    # Both halves ask the same: do the win rates of their values agree? So errors add up in full.
    error = float(np.dot(share, errors))
    half = float(np.dot(share, [(s.high - s.low) / 2 for s in signals]))
    return Signal(
        auc,
        (auc - 0.5) / error if error else 0.0,
        max(auc - half, 0.0),
        min(auc + half, 1.0),
        sum(s.n for s in signals),
        sum(s.n_won for s in signals),
    )


def _signal(won_of: Float, lost_of: Float) -> Signal:
    """Return the signal of leads won and lost per level, worst level first."""
    n_won, n_lost = float(won_of.sum()), float(lost_of.sum())
    n = n_won + n_lost
    if n_won == 0 or n_lost == 0:
        return Signal(0.5, 0.0, 0.0, 1.0, int(n), int(n_won))
    below_won = (np.cumsum(lost_of) - lost_of / 2) / n_lost  # place of a won lead among the lost
    below_lost = (np.cumsum(won_of) - won_of / 2) / n_won
    auc = float(np.dot(won_of, below_won)) / n_won
    spread = float(np.dot(won_of, (below_won - auc) ** 2)) / max(n_won - 1, 1) / n_won
    spread += float(np.dot(lost_of, (below_lost - (1 - auc)) ** 2)) / max(n_lost - 1, 1) / n_lost
    ties = float(((won_of + lost_of) ** 3 - (won_of + lost_of)).sum())
    chance = (n + 1 - ties / (n * max(n - 1, 1))) / (12 * n_won * n_lost)
    z = (auc - 0.5) / math.sqrt(chance) if chance > 0 else 0.0
    half = _Z95 * math.sqrt(spread)
    return Signal(auc, z, max(auc - half, 0.0), min(auc + half, 1.0), int(n), int(n_won))


def within(score: Float, won: Mask, stratum: Int) -> Signal:
    """Return how well a score ranks leads of the same stratum, all strata together.

    Pairs of a won and a lost lead count only within a stratum, each stratum by the information it
    holds (van Elteren 1960): what differs between strata, such as drift, tells nothing here.
    """
    by = np.lexsort((score, stratum))
    s, is_won = stratum[by], won[by].astype(np.float64)
    value = score[by]
    new = np.concatenate([[True], s[1:] != s[:-1]]) if len(s) else np.zeros(0, np.bool_)
    tied = (
        np.concatenate([[True], (s[1:] != s[:-1]) | (value[1:] != value[:-1])]) if len(s) else new
    )
    if not len(s):
        return _NOTHING
    block = np.cumsum(new) - 1
    n = _sums(block)
    n_won = _sums(block, is_won)
    n_lost = n - n_won
    tie = np.cumsum(tied) - 1
    size = _sums(tie)
    first = np.flatnonzero(tied) - np.repeat(np.flatnonzero(new), np.bincount(block[tied]))
    rank = first + (size + 1) / 2
    rank_sum = _sums(block, is_won * rank[tie])
    ties = _sums(block[tied], size**3 - size)
    usable = (n_won > 0) & (n_lost > 0)
    u = (rank_sum - n_won * (n_won + 1) / 2)[usable]
    n_won, n_lost, n, ties = n_won[usable], n_lost[usable], n[usable], ties[usable]
    pairs = n_won * n_lost
    variance = pairs / 12 * (n + 1 - ties / (n * np.maximum(n - 1, 1)))
    return _pooled(u, pairs, variance, n, n_won)


def at_one_time(score: Float, won: Mask, *, is_crossed: bool = False) -> Signal:
    """Return how well a score ranks leads that came together; rows are in the order they came.

    What drifts along with the win rate tells nothing here. `is_crossed`: the score of odd rows was
    learned from even ones and the other way round (`crossed_rates`), so the halves stay apart.
    """
    stratum = np.arange(len(score)) // NEIGHBOURS
    if not is_crossed:
        return within(score, won, stratum)
    found = within(score, won, stratum * 2 + np.arange(len(score)) % 2)
    # Odd and even rows ask the same question, so they are half as much evidence (see `by_level`).
    half = math.sqrt(2) * (found.high - found.low) / 2
    return replace(
        found,
        z=found.z / math.sqrt(2),
        low=max(found.auc - half, 0.0),
        high=min(found.auc + half, 1.0),
    )


def _pooled(u: Float, pairs: Float, variance: Float, n: Float, n_won: Float) -> Signal:
    total = int(n.sum())
    weight = 1 / (n + 1)
    spread = math.sqrt(float(np.dot(weight**2, variance)))
    mass = float(np.dot(weight, pairs))
    if spread == 0 or mass == 0:
        return Signal(0.5, 0.0, 0.0, 1.0, total, int(n_won.sum()))
    auc = float(np.dot(weight, u)) / mass
    error = spread / mass
    return Signal(
        auc,
        (auc - 0.5) / error,
        max(auc - _Z95 * error, 0.0),
        min(auc + _Z95 * error, 1.0),
        total,
        int(n_won.sum()),
    )


@dataclass(frozen=True)
class Gap:
    """Difference of two shares among leads of one time: b minus a, both told as found over all."""

    value: float
    z: float
    share_a: float
    share_b: float
    n_a: int
    n_b: int


def gap_within(present: Mask, is_b: Mask, stratum: Int) -> Gap:
    """Return by how much the share of `present` differs between groups b and a within strata.

    Mantel-Haenszel weights: a stratum with one group only says nothing.
    """
    n_strata = int(stratum.max()) + 1 if len(stratum) else 0
    count = [np.bincount(stratum[is_b == g], minlength=n_strata) for g in (False, True)]
    filled = [
        np.bincount(stratum[(is_b == g) & present], minlength=n_strata) for g in (False, True)
    ]
    both = (count[0] > 0) & (count[1] > 0)
    n_a, n_b = (c[both].astype(np.float64) for c in count)
    p_a, p_b = filled[0][both] / n_a, filled[1][both] / n_b
    weight = n_a * n_b / (n_a + n_b)
    if not weight.sum():
        return Gap(0.0, 0.0, 0.0, 0.0, 0, 0)
    # Two leads of share one half added to each share: a pure stratum is not free of doubt.
    q_a, q_b = (p_a * n_a + 1) / (n_a + 2), (p_b * n_b + 1) / (n_b + 2)
    variance = weight**2 * (q_a * (1 - q_a) / n_a + q_b * (1 - q_b) / n_b)
    share = weight / weight.sum()
    value = float(np.dot(share, p_b - p_a))
    error = math.sqrt(float(variance.sum())) / float(weight.sum())
    return Gap(
        value,
        value / error,
        float(np.dot(share, p_a)),
        float(np.dot(share, p_b)),
        int(n_a.sum()),
        int(n_b.sum()),
    )


def surprise(hits: npt.ArrayLike, n: npt.ArrayLike, base: float) -> Float:
    """Return how surprising a share is against the base rate, in standard errors (chi-square root).

    From the likelihood ratio ``2 n KL(hits / n || base)``; signless.
    """
    k, total = np.asarray(hits, dtype=np.float64), np.asarray(n, dtype=np.float64)
    p = np.divide(k, total, out=np.full_like(k, base), where=total > 0)
    b = min(max(base, 1e-9), 1 - 1e-9)
    with np.errstate(divide="ignore", invalid="ignore"):
        up = np.where(p > 0, p * np.log(p / b), 0.0)
        down = np.where(p < 1, (1 - p) * np.log((1 - p) / (1 - b)), 0.0)
    return np.asarray(np.sqrt(np.maximum(2 * total * (up + down), 0.0)), dtype=np.float64)


def told(hits: int, n: int) -> str:
    """Return a share as evidence is told: ``77% [75%, 79%] of 1,200``."""
    found = rate(hits, n)
    return f"{found.value:.0%} [{found.low:.0%}, {found.high:.0%}] of {n:,}"


def blocks(n: int, *, size: int, most: int) -> Int:
    """Return the stratum of each of n ordered rows: consecutive rows, at least `size` each."""
    k = min(max(n // size, 1), most)
    return np.asarray(np.arange(n) * k // max(n, 1), dtype=np.int64)
