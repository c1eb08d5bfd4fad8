"""Which criteria a learned grid keeps: at most some, each because it helps on leads it was not learned on.

Forward selection by log loss under cross-validation over leads; bands are learned anew in every fold,
so that no criterion profits from having many. A criterion whose evidence would have to be turned
round beside the others is left out: a grid must say what its bands show.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.scoring.grid.learning.bins import Bands, Evidence, Price, bands_of, evidence_weight
from leadscore.scoring.grid.learning.criteria import Candidate
from leadscore.scoring.grid.learning.logistic import Logit, fit, losses, mean_by_lead
from leadscore.scoring.line import log_odds, sigmoid

Float = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
_LEAST_GAIN = 0.0003  # log loss a criterion must save; less is not worth a rule to be read
_TRIED = 6  # candidates a step that are fitted for all folds: the best by a score test


@dataclass(frozen=True)
class Pool:
    """Candidates with their values at the looks they are learned on.

    `columns` in the order of `candidates`; `y` float64[n]; `lead` int64[n] numbers of the leads in
    the order of their first look; rows sorted by order and lead.
    """

    candidates: tuple[Candidate, ...]
    columns: tuple[pd.Series, ...]
    y: Float
    lead: Codes


@dataclass(frozen=True)
class Learned:
    """One column made evidence: bands of a column, or the weight of a rule's share."""

    candidate: Candidate
    bands: Bands | None
    per_share: float

    def x(self, values: pd.Series) -> Float:
        """Return the evidence of each look in log-odds, before the other criteria: float64[n]."""
        if self.bands is None:
            return np.asarray(self.per_share * values.to_numpy(dtype=np.float64))
        return np.asarray(self.bands.weight[self.bands.codes(values)], dtype=np.float64)


@dataclass(frozen=True)
class Selected:
    """The places of the criteria kept, in the order they were chosen, and what each step gained.

    `steps` are log losses under cross-validation: of the base rate, then after each criterion;
    `drifting` names the candidates left out for telling the date.
    """

    places: tuple[int, ...]
    steps: tuple[float, ...]
    drifting: tuple[str, ...]


def learned(
    candidate: Candidate, values: pd.Series, seen: Evidence, price: Price
) -> Learned | None:
    """Return what outcomes say of a candidate; None where it says the same of every lead."""
    if candidate.kind != "rule":
        bands = bands_of(values, seen, price, borders=candidate.borders)
        return None if bands is None else Learned(candidate, bands, 0.0)
    share = values.to_numpy(dtype=np.float64)
    on = share > 0
    leads = np.array([seen.share[~on].sum(), seen.share[on].sum()])
    if leads.min() < price.min_leads:
        return None
    looks = np.array([(~on).sum(), on.sum()], dtype=np.float64) * seen.worth
    won = np.array([seen.y[~on].sum(), seen.y[on].sum()]) * seen.worth
    weight = evidence_weight(won, looks, seen.y, price.prior_leads)
    return Learned(candidate, None, float((weight[1] - weight[0]) / share[on].mean()))


def select(
    pool: Pool, price: Price, *, max_criteria: int, n_folds: int, ridge: float, max_drift: float
) -> Selected:
    """Choose criteria one by one while the log loss on left-out leads falls.

    Among candidates about as good (within half a standard error over leads), the grid's own rules go
    before new criteria. A candidate whose bands differ by more than `max_drift` between one stretch
    of leads and the others tells the date rather than the lead, and is left out.
    """
    told = drifts(pool, price, n_folds)
    steady = np.flatnonzero(told <= max_drift).tolist()
    folds = [_Fold.of(pool, pool.lead % n_folds == k, price) for k in range(n_folds)]
    chosen: list[int] = []
    best = _cross_validated(folds, [], ridge)
    steps = [float(best.mean())]
    lead = np.concatenate([fold.lead_out for fold in folds])
    while len(chosen) < max_criteria:
        free = _free(pool.candidates, chosen, steady)
        tried = _tried(folds, chosen, free, ridge)
        losses_of = ((at, _loss_with(folds, [*chosen, at], ridge)) for at in tried)
        found = [(at, rows) for at, rows in losses_of if rows is not None]
        if not found:
            break
        at, rows = _preferred(found, pool.candidates, lead)
        if rows.mean() > best.mean() - _LEAST_GAIN:
            break
        chosen.append(at)
        best = rows
        steps.append(float(rows.mean()))
    drifting = tuple(c.name for c, d in zip(pool.candidates, told, strict=True) if d > max_drift)
    return Selected(tuple(chosen), tuple(steps), drifting)


@dataclass(frozen=True)
class Together:
    """Criteria made evidence, their places in the pool, and a model with a slope for each."""

    criteria: tuple[Learned, ...]
    places: tuple[int, ...]
    model: Logit


def together(pool: Pool, chosen: Sequence[int], price: Price, *, ridge: float) -> Together:
    """Learn chosen criteria on all looks; those whose evidence turns round there are left out."""
    seen = Evidence.of(pool.y, pool.lead)
    made = ((learned(pool.candidates[at], pool.columns[at], seen, price), at) for at in chosen)
    kept = [(got, at) for got, at in made if got is not None]
    while kept:
        x = np.stack([got.x(pool.columns[at]) for got, at in kept], axis=1)
        model = fit(x, pool.y, ridge=ridge)
        if float(model.slopes.min()) > 0:
            return Together(tuple(got for got, _ in kept), tuple(at for _, at in kept), model)
        kept.pop(int(model.slopes.argmin()))
    return Together((), (), Logit(float(log_odds(pool.y.mean())), np.zeros(0)))


@dataclass(frozen=True)
class _Fold:
    x_in: Float
    y_in: Float
    x_out: Float
    y_out: Float
    lead_out: Codes

    @classmethod
    def of(cls, pool: Pool, out: npt.NDArray[np.bool_], price: Price) -> _Fold:
        kept = ~out
        seen = Evidence.of(pool.y[kept], pool.lead[kept])
        inside, outside = [], []
        for candidate, values in zip(pool.candidates, pool.columns, strict=True):
            got = learned(candidate, values[kept], seen, price)
            inside.append(np.zeros(kept.sum()) if got is None else got.x(values[kept]))
            outside.append(np.zeros(out.sum()) if got is None else got.x(values[out]))
        return cls(
            np.stack(inside, axis=1), pool.y[kept], np.stack(outside, axis=1), pool.y[out],
            pool.lead[out],
        )  # fmt: skip


def drifts(pool: Pool, price: Price, n_blocks: int) -> Float:
    """Return how far each candidate's bands differ between one stretch of leads and all others."""
    block = pool.lead * n_blocks // (int(pool.lead.max()) + 1)
    seen = Evidence.of(pool.y, pool.lead)
    out = np.zeros(len(pool.candidates))
    for i, (candidate, values) in enumerate(zip(pool.candidates, pool.columns, strict=True)):
        got = learned(candidate, values, seen, price)
        if got is None:
            continue
        code = (
            (values.to_numpy() > 0).astype(np.int64)
            if got.bands is None
            else got.bands.codes(values)
        )
        table = np.zeros((n_blocks, int(code.max()) + 1))
        np.add.at(table, (block, code), 1.0)
        rest = table.sum(axis=0) - table
        gap = table / table.sum(axis=1, keepdims=True) - rest / rest.sum(axis=1, keepdims=True)
        out[i] = float(np.abs(gap).sum(axis=1).max()) / 2
    return out


def _free(
    candidates: Sequence[Candidate], chosen: Sequence[int], steady: Sequence[int]
) -> list[int]:
    taken = frozenset().union(*(candidates[at].rests_on for at in chosen))
    return [at for at in steady if at not in chosen and not candidates[at].rests_on & taken]


def _tried(folds: Sequence[_Fold], chosen: list[int], free: list[int], ridge: float) -> list[int]:
    """Return the free candidates that a score test likes best."""
    gain = np.zeros(len(free))
    for fold in folds:
        q = sigmoid(_model(fold, chosen, ridge).log_odds(fold.x_in[:, chosen]))
        x = fold.x_in[:, free]
        slope = x.T @ (fold.y_in - q)
        curve = ((x - x.mean(axis=0)) ** 2).T @ (q * (1 - q))
        gain += np.where((curve > 0) & (slope > 0), slope**2 / np.maximum(curve, 1e-12), 0.0)
    order = np.argsort(-gain, kind="stable")[:_TRIED]
    return [free[at] for at in order if gain[at] > 0]


def _model(fold: _Fold, chosen: list[int], ridge: float) -> Logit:
    if not chosen:
        return Logit(float(log_odds(fold.y_in.mean())), np.zeros(0))
    return fit(fold.x_in[:, chosen], fold.y_in, ridge=ridge)


def _cross_validated(folds: Sequence[_Fold], chosen: list[int], ridge: float) -> Float:
    return np.concatenate([
        losses(_model(fold, chosen, ridge).log_odds(fold.x_out[:, chosen]), fold.y_out)
        for fold in folds
    ])  # fmt: skip


def _loss_with(folds: Sequence[_Fold], chosen: list[int], ridge: float) -> Float | None:
    """Return each left-out look's loss; None where the evidence of a criterion is turned round."""
    rows = []
    for fold in folds:
        model = fit(fold.x_in[:, chosen], fold.y_in, ridge=ridge)
        if float(model.slopes.min()) < 0:
            return None
        rows.append(losses(model.log_odds(fold.x_out[:, chosen]), fold.y_out))
    return np.concatenate(rows)


def _preferred(
    found: Sequence[tuple[int, Float]], candidates: Sequence[Candidate], lead: Codes
) -> tuple[int, Float]:
    at, rows = min(found, key=lambda pair: (float(pair[1].mean()), pair[0]))
    for other, its_rows in found:
        if candidates[other].kind != "rule" or candidates[at].kind == "rule":
            continue
        gap, error = mean_by_lead(its_rows - rows, lead)
        if gap <= error / 2:
            return other, its_rows
    return at, rows
