"""What looks and outcomes say against a manual grid: dead, overlapping and wrong-signed rules.

Rules are judged as if the ones in force now had always been. Rates and lifts come with the leads
behind them and a 95 % interval; a sign is called wrong only where the whole interval says so.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import combinations

import numpy as np
import numpy.typing as npt

from leadscore.domain.rules import Grid, Rule
from leadscore.history.log import Float, Int, Mask
from leadscore.metrics import Figure, rate, row_rate, too_few
from leadscore.scoring.grid.lint import Finding, Limits, sharing, told
from leadscore.scoring.grid.points import GridScore

_Z95 = 1.959963984540054


@dataclass(frozen=True)
class Seen:
    """Looks at leads, and what the grid says of each.

    Attributes
    ----------
    lead
        int64[n] number of each look's lead, from 0.
    label
        float64[n]: 1 won within the horizon, 0 not, NaN where the horizon is not over.
    score
        What the grid of the day says of every look, its dates left out.
    """

    lead: Int
    label: Float
    score: GridScore

    @property
    def n_leads(self) -> int:
        """Leads looked at."""
        return _different(self.lead)

    def holds(self, rule: str) -> Mask:
        """Mark the looks to which a rule gives points."""
        column = self.score.rule_ids.index(rule)
        return np.asarray(self.score.trace[:, column] != 0)


def lint_history(grid: Grid, seen: Seen, *, day: date, limits: Limits) -> list[Finding]:
    """Return what looks and outcomes say against the rules in force on a day."""
    rules = [r for r in grid.rules if r.in_force(day) and r.id in seen.score.rule_ids]
    judged = [rule for rule in rules if rule.id not in seen.score.not_evaluable]
    alive = [rule for rule in judged if not (_never(rule, seen, limits) or _always(rule, seen))]
    found = [f for rule in judged for f in (_never(rule, seen, limits), _always(rule, seen)) if f]
    twins = list(_twins(alive, seen, limits))
    found += [finding for _, finding in twins]
    told = {pair for pair, _ in twins}
    found += [f for pair, f in _double(grid, alive, seen, day, limits) if pair not in told]
    found += [f for rule in alive if (f := _wrong_sign(rule, seen, limits))]
    return [*found, *_bands(grid, seen)]


def clipped(seen: Seen) -> Figure:
    """Return the share of looks whose sum is below 0, and so shown as 0; the disqualified apart."""
    kept = ~seen.score.disqualified
    below = (seen.score.fit + seen.score.engagement < 0)[kept]
    return row_rate(below, cluster=seen.lead[kept])


def lift(y: Float, holds: Mask, *, cluster: npt.ArrayLike, min_leads: int) -> Figure:
    """Return the win rate with over the win rate without, and its 95 % interval; above 1 is a good sign.

    The interval is that of the logarithm, linearized, looks at one lead taken together; where one of
    the rates is 0 it is made of the ends of both rates' intervals. `n` are the leads with.
    """
    code = np.unique(np.asarray(cluster), return_inverse=True)[1]
    n, rest = _different(code[holds]), _different(code[~holds])
    won = _different(code[holds & (y > 0)])
    if min(n, rest) < min_leads:
        return too_few(min(n, rest), won, min_leads=min_leads)
    with_, without = float(y[holds].mean()), float(y[~holds].mean())
    if with_ == 0 or without == 0:
        here, there = (row_rate(y[m], cluster=code[m]) for m in (holds, ~holds))
        low = here.low / there.high if there.high else 0.0
        high = here.high / there.low if there.low else np.inf
        return Figure(with_ / without if without else np.inf, low, high, n, won)
    pull = np.where(
        holds, (y - with_) / (holds.sum() * with_), (without - y) / ((~holds).sum() * without)
    )
    spread = float(np.sqrt((np.bincount(code, pull) ** 2).sum()))
    value = with_ / without
    ends = np.exp(np.log(value) + np.array([-1, 1]) * _Z95 * spread)
    return Figure(value, float(ends[0]), float(ends[1]), n, won)


def _never(rule: Rule, seen: Seen, limits: Limits) -> Finding | None:
    n, leads = _different(seen.lead[seen.holds(rule.id)]), seen.n_leads
    if n >= limits.min_leads or leads < limits.min_leads:
        return None
    share = rate(n, leads)
    return Finding(
        "warning", "dead-rule" if n == 0 else "hardly-ever", rule.id,
        f"gave points to {n:,} of the leads: {told(share)}",
        "check its words and limits against the source, or end it with `until`",
    )  # fmt: skip


def _always(rule: Rule, seen: Seen) -> Finding | None:
    holds = seen.holds(rule.id)
    if not len(holds) or not holds.all():
        return None
    return Finding(
        "warning", "always-true", rule.id,
        f"gave points at all {len(holds):,} looks at {seen.n_leads:,} leads, so it tells none apart",
        "narrow the condition, or end the rule with `until`",
    )  # fmt: skip


def _twins(
    rules: list[Rule], seen: Seen, limits: Limits
) -> Iterator[tuple[frozenset[str], Finding]]:
    for one, other in combinations(rules, 2):
        a, b = seen.holds(one.id), seen.holds(other.id)
        either = a | b
        both = row_rate((a & b)[either], cluster=seen.lead[either])
        phi = float(np.corrcoef(a, b)[0, 1])
        if both.value < limits.jaccard and phi < limits.phi:
            continue
        yield frozenset((one.id, other.id)), Finding(
            "warning", "overlap", one.id,
            f"holds together with {other.id} at most looks with either: Jaccard {told(both)}; phi {phi:.2f}",
            f"keep the clearer of the two and end the other, or join them under `any` ({other.id})",
        )  # fmt: skip


def _double(
    grid: Grid, rules: list[Rule], seen: Seen, day: date, limits: Limits
) -> Iterator[tuple[frozenset[str], Finding]]:
    alive = {rule.id for rule in rules}
    for one, other, common in sharing(grid, day):
        if not {one.id, other.id} <= alive:
            continue
        a, b = seen.holds(one.id), seen.holds(other.id)
        either = a | b
        both = row_rate((a & b)[either], cluster=seen.lead[either])
        if both.value == 0:
            continue
        yield frozenset((one.id, other.id)), Finding(
            "warning", "double-counting", one.id,
            f"{common} also feeds {other.id}; share of the looks with either at which both give "
            f"points: {told(both)}",
            f"set a `limits` of both rules ({one.id}, {other.id}), or make them exclude each other",
        )  # fmt: skip


def _wrong_sign(rule: Rule, seen: Seen, limits: Limits) -> Finding | None:
    known = ~np.isnan(seen.label)
    if not known.any():
        return None
    figure = lift(
        seen.label[known], seen.holds(rule.id)[known],
        cluster=seen.lead[known], min_leads=limits.min_leads,
    )  # fmt: skip
    wrong = figure.high < 1 if rule.points > 0 else figure.low > 1
    if not wrong:  # also where there is no interval
        return None
    direction = "less" if rule.points > 0 else "more"
    return Finding(
        "warning", "wrong-sign", rule.id,
        f"gives {rule.points:+d}, but looks with it are won {direction} often: lift {figure.value:.2f} "
        f"[{figure.low:.2f}, {figure.high:.2f}], {figure.n:,} leads with it, {figure.n_won:,} won",
        "let `leadscore grid learn` propose points, or say in `reason` why it stays",
    )  # fmt: skip


def _bands(grid: Grid, seen: Seen) -> Iterator[Finding]:
    n, leads = len(seen.score.points), seen.n_leads
    if not n:
        return
    most = float(seen.score.points.max())
    if most < grid.bands.hot:
        yield Finding(
            "warning", "hot-never-reached", None,
            f"none of {n:,} looks at {leads:,} leads reached hot ({grid.bands.hot}); the most was "
            f"{most:.4g} points",
            "lower bands.hot, or give more points to what marks your best customers",
        )  # fmt: skip


def _different(codes: Int) -> int:
    """Count the different numbers."""
    return int(np.count_nonzero(np.bincount(codes))) if len(codes) else 0
