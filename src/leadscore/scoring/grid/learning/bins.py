"""Bands of a criterion by its outcomes: which values belong together, and the weight of their evidence.

Numbers are cut at round borders, categories pooled by win rate, missing values stand alone. A border
is drawn only where the gain in likelihood pays its price, and no band has fewer leads than asked.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.history.titles import fold
from leadscore.scoring.line import log_odds

Float = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
_FINE = 24  # quantiles a number is cut into before neighbours are pooled
_BUMP = 2.0  # more price, in borders, for win rates that do not rise or fall all the way


@dataclass(frozen=True)
class Price:
    """What a band must bring.

    `min_leads` in each band; `max_bands` with values (missing apart); `border` log-likelihood, in
    leads, that one more band must gain; `prior_leads` at the base rate that every band starts from.
    """

    min_leads: int
    max_bands: int
    border: float
    prior_leads: float


@dataclass(frozen=True)
class Evidence:
    """The looks that bands are learned on: outcomes, and the share of a lead that each look is."""

    y: Float
    share: Float

    @classmethod
    def of(cls, y: Float, lead: Codes) -> Evidence:
        """Share each lead evenly among its looks."""
        return cls(y, 1.0 / np.bincount(lead)[lead])

    @property
    def worth(self) -> float:
        """Leads a look: what one row counts as evidence."""
        return float(self.share.sum()) / len(self.y)


@dataclass(frozen=True)
class Bands:
    """Bands of one column; band 0 is `rest`: what no other band names, evidence 0 where nothing is in it.

    Attributes
    ----------
    borders
        float64[n - 1] of a number: band i + 1 begins at ``borders[i]``; None for categories.
    levels
        The words of each band of a category, band 0 being `rest` and empty; None for numbers.
    is_whole
        Whether only whole numbers were seen.
    missing
        Number of the band of missing values.
    weight
        float64[n_bands]: log-odds of the band less those of all looks, shrunk to 0.
    leads, looks, won
        Support of each band; leads count by the share of their looks.
    """

    borders: Float | None
    levels: tuple[tuple[str, ...], ...] | None
    is_whole: bool
    missing: int
    weight: Float
    leads: Float
    looks: Codes
    won: Codes

    def codes(self, values: pd.Series) -> Codes:
        """Return the band of each value: int64[n]."""
        if self.borders is not None:
            x = values.to_numpy(dtype=np.float64, na_value=np.nan)
            found = np.searchsorted(self.borders, x, side="right")
            return np.where(np.isnan(x), self.missing, found).astype(np.int64)
        at = {fold(word): i for i, words in enumerate(self.levels or ()) for word in words}
        codes, distinct = pd.factorize(values.astype(object))
        known = np.array([*(at.get(fold(str(word)), 0) for word in distinct), self.missing])
        return known[codes].astype(np.int64)


def bands_of(
    values: pd.Series, seen: Evidence, price: Price, *, borders: Float | None = None
) -> Bands | None:
    """Return the bands of a column; None where it says the same of every lead.

    Parameters
    ----------
    values
        Numbers (float64) or words, one a look, null where missing; case and accents make no word.
    borders
        Where a number may be cut, ascending; None asks its own quantiles.
    """
    if pd.api.types.is_numeric_dtype(values):
        x = values.to_numpy(dtype=np.float64, na_value=np.nan)
        found = _of_numbers(x, seen, price, borders)
    else:
        found = _of_words(values, seen, price)
    return found if np.count_nonzero(found.looks) > 1 else None


def _of_numbers(x: Float, seen: Evidence, price: Price, may_cut: Float | None) -> Bands:
    there = ~np.isnan(x)
    cuts = round_borders(x[there]) if may_cut is None else may_cut
    fine = np.searchsorted(cuts, x[there], side="right")
    piles = _piles(fine, len(cuts) + 1, seen, there)
    edges = _best_cuts(piles, seen.worth, price)
    borders = cuts[np.array(edges, dtype=np.intp) - 1] if edges else np.zeros(0)
    n = len(borders) + 1
    found = np.searchsorted(borders, np.where(there, x, 0.0), side="right")
    code = np.where(there, found, n)
    is_whole = bool((x[there] == np.floor(x[there])).all())
    return _weighed(
        code, n + 1, seen, price, borders=borders, levels=None, is_whole=is_whole, missing=n
    )


def round_borders(x: Float) -> Float:
    """Return borders at about equal shares of the numbers, rounded to two digits where that cuts too.

    Examples
    --------
    >>> round_borders(np.arange(100.0))[:3].tolist()
    [5.0, 9.0, 13.0]
    """
    if len(x) == 0:
        return np.zeros(0)
    cuts = np.unique(np.quantile(x, np.linspace(0, 1, _FINE + 1)[1:-1], method="higher"))
    few = np.unique(x)
    if len(few) <= _FINE:
        return few[1:]
    size = np.where(cuts == 0, 1.0, np.abs(cuts))
    digits = 10.0 ** (np.floor(np.log10(size)) - 1)
    rounded = np.unique(np.round(np.ceil(cuts / digits) * digits, 9))
    inside = rounded[(rounded > few[0]) & (rounded <= few[-1])]
    return np.asarray(inside, dtype=np.float64)


def _of_words(values: pd.Series, seen: Evidence, price: Price) -> Bands:
    codes, words = _folded(values)
    leads = np.bincount(codes[codes >= 0], seen.share[codes >= 0], minlength=len(words))
    common = np.flatnonzero(leads >= price.min_leads)
    won = np.bincount(codes[codes >= 0], seen.y[codes >= 0], minlength=len(words))
    looks = np.bincount(codes[codes >= 0], minlength=len(words))
    rate = (won + seen.y.mean()) / (looks + 1.0)
    order = common[np.lexsort((words[common], rate[common]))]
    place = np.full(len(words) + 1, -1)
    place[order] = np.arange(len(order))
    fine = place[codes]
    is_common = fine >= 0
    piles = _piles(fine[is_common], len(order), seen, is_common)
    edges = [0, *_best_cuts(piles, seen.worth, price, monotone=True), len(order)]
    groups = [order[a:b] for a, b in zip(edges, edges[1:], strict=False) if b > a]
    levels = ((), *(tuple(sorted(str(w) for w in words[group])) for group in groups))
    band_of = np.zeros(len(words) + 1, dtype=np.int64)
    for i, group in enumerate(groups, start=1):
        band_of[group] = i
    band_of[-1] = len(levels)
    code = band_of[codes]
    return _weighed(
        code, len(levels) + 1, seen, price,
        borders=None, levels=levels, is_whole=False, missing=len(levels),
    )  # fmt: skip


def _folded(values: pd.Series) -> tuple[Codes, npt.NDArray[np.object_]]:
    """Return codes (-1 missing) into words that differ by more than case and accents."""
    codes, distinct = pd.factorize(values.astype(object))
    spelling: dict[str, str] = {}
    for word in sorted(str(word) for word in distinct):
        spelling.setdefault(fold(word), word)
    words = np.array(list(spelling.values()), dtype=object)
    place = {key: i for i, key in enumerate(spelling)}
    to = np.array([*(place[fold(str(word))] for word in distinct), -1], dtype=np.int64)
    return to[codes], words


def _weighed(
    code: Codes, n: int, seen: Evidence, price: Price, *,
    borders: Float | None, levels: tuple[tuple[str, ...], ...] | None, is_whole: bool, missing: int,
) -> Bands:  # fmt: skip
    looks: Float = np.bincount(code, minlength=n).astype(np.float64)
    won: Float = np.bincount(code, seen.y, minlength=n).astype(np.float64)
    leads: Float = np.bincount(code, seen.share, minlength=n).astype(np.float64)
    weight = evidence_weight(won * seen.worth, looks * seen.worth, seen.y, price.prior_leads)
    weight[leads < price.min_leads] = 0.0  # too few to speak: as all looks together
    counts = looks.astype(np.int64), won.astype(np.int64)
    return Bands(borders, levels, is_whole, missing, weight, leads, *counts)


def evidence_weight(won: Float, leads: Float, y: Float, prior_leads: float) -> Float:
    """Return log-odds of each band less those of all, the band begun with leads at the base rate.

    Examples
    --------
    >>> evidence_weight(np.array([3.0]), np.array([4.0]), np.array([0.0, 1.0]), 0.0).round(3)
    array([1.099])
    """
    rate = float(y.mean())
    share = (won + prior_leads * rate) / np.maximum(leads + prior_leads, 1e-12)
    return np.where(leads > 0, log_odds(share) - log_odds(rate), 0.0)


def _piles(fine: Codes, n: int, seen: Evidence, rows: npt.NDArray[np.bool_]) -> Float:
    """Return looks, won looks and leads of each fine cell: float64[3, n]."""
    return np.stack([
        np.bincount(fine, minlength=n).astype(np.float64),
        np.bincount(fine, seen.y[rows], minlength=n),
        np.bincount(fine, seen.share[rows], minlength=n),
    ])  # fmt: skip


def _best_cuts(piles: Float, worth: float, price: Price, *, monotone: bool = False) -> list[int]:
    """Return where the cells are cut: rising or falling if that is about as good, else freely."""
    n = piles.shape[1]
    if n < 2:
        return []
    if monotone:
        return _cut(piles, range(n + 1), worth, price)[1]
    tried = [_cut(piles, _pooled(piles, rising=rising), worth, price) for rising in (True, False)]
    bumpy = _cut(piles, range(n + 1), worth, price)
    tried.append((bumpy[0] + _BUMP * price.border, bumpy[1]))
    return min(tried, key=lambda pair: pair[0])[1]


def _pooled(piles: Float, *, rising: bool) -> list[int]:
    """Return the borders left when neighbours against the direction are pooled."""
    blocks: list[tuple[float, float, int]] = []
    sign = 1.0 if rising else -1.0
    for i, (looks, won, _) in enumerate(piles.T):
        blocks.append((float(looks), float(won), i + 1))
        while len(blocks) > 1 and sign * _rate(blocks[-2]) >= sign * _rate(blocks[-1]):
            (a, b, _), (c, d, end) = blocks[-2:]
            blocks[-2:] = [(a + c, b + d, end)]
    return [0, *(end for _, _, end in blocks)]


def _rate(block: tuple[float, float, int]) -> float:
    return block[1] / block[0] if block[0] > 0 else 0.0


def _cut(
    piles: Float, places: Sequence[int], worth: float, price: Price
) -> tuple[float, list[int]]:
    """Return cost and inner borders of the best cut at some of the places (dynamic programming)."""
    places = list(places)
    total = np.concatenate([np.zeros((3, 1)), np.cumsum(piles, axis=1)], axis=1)[:, places]
    m = len(places) - 1
    best: list[list[tuple[float, list[int]] | None]] = [[(0.0, [])] + [None] * m]
    for k in range(1, min(price.max_bands, m) + 1):
        row: list[tuple[float, list[int]] | None] = [None] * (m + 1)
        for end in range(k, m + 1):
            for begin in range(k - 1, end):
                before = best[k - 1][begin]
                looks, won, leads = total[:, end] - total[:, begin]
                if before is None or leads < price.min_leads:
                    continue
                cost = before[0] + worth * _surprise(looks, won) + price.border
                if row[end] is None or cost < row[end][0] - 1e-9:  # type: ignore[index]
                    row[end] = (cost, [*before[1], begin])
        best.append(row)
    found = [row[m] for row in best[1:] if row[m] is not None]
    if not found:
        return worth * _surprise(total[0, m], total[1, m]) + price.border, []
    cost, begins = min((f for f in found if f is not None), key=lambda pair: pair[0])
    return cost, [places[at] for at in begins[1:]]


def _surprise(looks: float, won: float) -> float:
    """Return the negative log-likelihood of a band at its own rate."""
    lost = looks - won
    told = won * np.log(won / looks) if won > 0 else 0.0
    return -float(told + (lost * np.log(lost / looks) if lost > 0 else 0.0))
