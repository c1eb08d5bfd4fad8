"""What outcomes say of each rule of a grid: support, conversion, lift, its worth beside the other rules.

A rule is judged beside the others, since what is true of it alone may be the other rules' doing;
where the two disagree in sign, that is said. It changes no rule.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from leadscore.domain.rules import Rule
from leadscore.metrics import Figure, row_rate, without_interval
from leadscore.metrics.figures import Resamples
from leadscore.scoring.grid.learning.logistic import fit, interval, losses, mean_by_lead, spread

Float = npt.NDArray[np.float64]
Codes = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]
RuleVerdict = Literal["useful", "redundant", "wrong-signed", "dead", "unclear"]


@dataclass(frozen=True)
class RuleEvidence:
    """One rule before outcomes.

    Attributes
    ----------
    leads, looks
        Where it gave points.
    with_it, without_it
        Share of looks won where it gave points and where not.
    lift
        `with_it` over `without_it`; above 1 is a good sign.
    coefficient
        Log-odds that its full points stand for beside the other rules.
    drop
        Log loss that is lost on left-out leads without it; above 0 it helps.
    verdict, why
        In a word, and in a sentence.
    """

    rule_id: str
    words: str
    points: int
    leads: int
    looks: int
    with_it: Figure
    without_it: Figure
    lift: Figure
    coefficient: Figure
    drop: Figure
    verdict: RuleVerdict
    why: str


@dataclass(frozen=True)
class Seen:
    """Looks with known outcomes.

    `y` float64[n] of 0 and 1; `lead` int64[n] numbers of leads from 0; groups below `min_leads`
    leads get no verdict by numbers.
    """

    y: Float
    lead: Codes
    min_leads: int
    n_resamples: int
    seed: int
    ridge: float
    n_folds: int


def rule_evidence(
    rules: Sequence[Rule], shares: Float, seen: Seen, *, lacking: Mapping[str, Sequence[str]]
) -> list[RuleEvidence]:
    """Judge each rule by looks with known outcomes.

    Parameters
    ----------
    rules
        The rules, in the order of the columns of `shares`.
    shares
        float64[n, n_rules]: points given over the rule's points, at least 0.
    lacking
        Rule id -> what the source lacks to judge it.
    """
    fires = shares > 0
    dead = {i: why for i, rule in enumerate(rules) if (why := _dead(rule, fires[:, i], seen, lacking))}  # fmt: skip
    live = [i for i in range(len(rules)) if i not in dead]
    lifts = _lifts(fires, seen)
    beside = _beside(shares[:, live], seen)
    found = []
    for i, rule in enumerate(rules):
        base = _alone(rule, fires[:, i], seen, lifts[i])
        if i in dead:
            found.append(replace(base, verdict="dead", why=dead[i]))
            continue
        coefficient, drop = beside[live.index(i)]
        partner = _nearest(shares, i, live)
        told = replace(base, coefficient=coefficient, drop=drop)
        found.append(_judged(told, None if partner is None else rules[partner].id))
    return found


def _dead(rule: Rule, fires: Mask, seen: Seen, lacking: Mapping[str, Sequence[str]]) -> str | None:
    if rule.id in lacking:
        return f"this source cannot judge it: it lacks {', '.join(lacking[rule.id])}"
    on, off = len(np.unique(seen.lead[fires])), len(np.unique(seen.lead[~fires]))
    if on == 0:
        return "never true"
    if off == 0:
        return "always true"
    if min(on, off) < seen.min_leads:
        side = "true" if on <= off else "not true"
        return f"{side} for {min(on, off):,} leads only, {seen.min_leads} needed"
    return None


def _alone(rule: Rule, fires: Mask, seen: Seen, lift: Figure) -> RuleEvidence:
    def rate(rows: Mask) -> Figure:
        if not rows.any():
            return without_interval("no looks", n=0, n_won=0)
        return row_rate(seen.y[rows], cluster=seen.lead[rows], min_leads=seen.min_leads)

    none = without_interval("not compared", n=0, n_won=0)
    leads = len(np.unique(seen.lead[fires]))
    return RuleEvidence(
        rule.id, rule.words.en, rule.points, leads, int(fires.sum()), rate(fires), rate(~fires),
        lift, none, none, "unclear", "",
    )  # fmt: skip


def _lifts(fires: Mask, seen: Seen) -> list[Figure]:
    """Return the lift of every rule, all on the same resamples of leads."""
    draws = Resamples(seen.y, cluster=seen.lead, n_resamples=seen.n_resamples, seed=seen.seed)
    looks = np.stack([np.bincount(draws.code, column, draws.n) for column in fires.T.astype(float)])
    won = np.stack([np.bincount(draws.code, column * seen.y, draws.n) for column in fires.T])
    both = np.concatenate([
        looks, won, np.bincount(draws.code, minlength=draws.n)[None], np.bincount(draws.code, seen.y)[None],
    ])  # fmt: skip
    k = len(looks)

    def lift(sums: Float) -> Float:
        with np.errstate(invalid="ignore", divide="ignore"):
            won_without = sums[-1] - sums[k : 2 * k]
            return np.asarray(sums[k : 2 * k] / sums[:k] / (won_without / (sums[-2] - sums[:k])))

    value = lift(both.sum(axis=1))
    drawn = np.stack([lift(both @ times) for times in draws])
    enough = (looks > 0).sum(axis=1) >= seen.min_leads
    n_won = (won > 0).sum(axis=1)
    return [
        replace(draws.figure(float(value[i]), drawn[:, i]), n=int((looks[i] > 0).sum()), n_won=int(n_won[i]))
        if enough[i]
        else without_interval("too few leads", n=int((looks[i] > 0).sum()), n_won=int(n_won[i]))
        for i in range(k)
    ]  # fmt: skip


def _beside(x: Float, seen: Seen) -> list[tuple[Figure, Figure]]:
    """Return coefficient and drop in log loss of each column beside the others."""
    k = x.shape[1]
    if k == 0:
        return []
    model = fit(x, seen.y, ridge=seen.ridge)
    error = spread(model, x, seen.y, lead=seen.lead, ridge=seen.ridge)
    n = int(seen.lead.max()) + 1
    n_won = len(np.unique(seen.lead[seen.y == 1]))
    full = _left_out(x, seen)
    out = []
    for i in range(k):
        slope = float(model.slopes[i])
        coefficient = Figure(slope, *interval(slope, float(error[i])), n, n_won)
        worse, its_error = mean_by_lead(_left_out(np.delete(x, i, axis=1), seen) - full, seen.lead)
        out.append((coefficient, Figure(worse, *interval(worse, its_error), n, n_won)))
    return out


def _left_out(x: Float, seen: Seen) -> Float:
    """Return each look's log loss by a fit on other leads."""
    rows = np.zeros(len(x))
    for k in range(seen.n_folds):
        out = seen.lead % seen.n_folds == k
        if out.any():
            rows[out] = losses(
                fit(x[~out], seen.y[~out], ridge=seen.ridge).log_odds(x[out]), seen.y[out]
            )
    return rows


def _nearest(shares: Float, i: int, live: Sequence[int]) -> int | None:
    """Return the live rule that goes with a rule most closely."""
    others = [j for j in live if j != i]
    if not others:
        return None
    own = shares[:, i] - shares[:, i].mean()
    close = []
    for j in others:
        other = shares[:, j] - shares[:, j].mean()
        close.append(abs(float(own @ other)) / float(np.sqrt((own @ own) * (other @ other))))
    return others[int(np.argmax(close))]


def _judged(told: RuleEvidence, partner: str | None) -> RuleEvidence:
    wanted = 1 if told.points > 0 else -1
    alone = _sign(told.lift, 1.0)
    beside = _sign(told.coefficient, 0.0)
    turned = ""
    if alone * beside < 0:
        turned = (
            "; alone it goes with " + ("more" if alone > 0 else "fewer") + " wins, among leads alike "
            "in the other rules with " + ("more" if beside > 0 else "fewer")
        )  # fmt: skip
    if beside == wanted:
        return replace(
            told, verdict="useful", why="tells leads apart beside the other rules" + turned
        )
    if beside == -wanted or alone == -wanted:
        more = "fewer" if wanted > 0 else "more"
        where = (
            "beside the other rules"
            if beside == -wanted
            else "alone, and beside the others nothing"
        )
        why = f"its points say the opposite: {more} wins {where}{turned}"
        return replace(told, verdict="wrong-signed", why=why)
    if alone == wanted and partner is not None:
        why = f"adds nothing that can be told from chance beside the other rules, nearest to {partner}"
        return replace(told, verdict="redundant", why=why)
    return replace(told, verdict="unclear", why="cannot be told from chance on these leads")


def _sign(figure: Figure, at: float) -> int:
    """Return the side of a value that the whole interval lies on; 0 for none."""
    if figure.low > at:
        return 1
    return -1 if figure.high < at else 0
