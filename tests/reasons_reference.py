"""Reasons row by row, as one would write them down: slow, and obviously right. In English, without comparison."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace

import numpy as np

from leadscore.scoring.grid.several import AnyGrid
from leadscore.scoring.reasoning import Float, Reason, Reasoning
from leadscore.scoring.reasons import Criteria, ReasonWords, criteria_of, criterion_of_rule
from leadscore.scoring.reasons.words import NONE, rule_words


@dataclass(frozen=True)
class RulePoints:
    """What the rules of a grid add: float64[n_rows, n_rules], their words, and the criterion of each."""

    values: Float
    words: tuple[str, ...]
    origins: tuple[str, ...]


def reasons(
    encoder,
    x,
    values,
    *,
    points_per_log_odds: float,
    per_sign: int,
    rules: RulePoints | None = None,
) -> list[tuple[list[Reason], list[Reason]]]:
    """Return for each row the strongest reasons for and against, one per criterion, in English.

    Contributions of one criterion (counts and recency of one event type, a rule on it) are added up and
    told by the strongest feature of them, so that a rep reads three things and not one thing three
    times; a rule on nothing that a feature tells is told by its own words. Reasons below half a point
    are left out, and so are protected attributes.
    """
    criteria = criteria_of(encoder, () if rules is None else rules.origins)
    points = values * points_per_log_odds
    total = np.zeros((len(x), len(criteria.of)))
    np.add.at(total.T, criteria.of_feature, points.T)
    words: dict[int, str] = {}
    if rules is not None:
        np.add.at(total.T, criteria.of_rule, (rules.values * points_per_log_odds).T)
        words = dict(zip(criteria.of_rule.tolist(), rules.words, strict=True))
    total[:, ~criteria.is_told] = 0.0
    told = [
        _strongest(criteria, points[i], total[i], sign, per_sign=per_sign)
        for i in range(len(x))
        for sign in (1.0, -1.0)
    ]
    leads = np.array([lead for side in told for _, lead in side], dtype=np.intp)
    row = np.repeat(np.arange(len(told)) // 2, [len(side) for side in told])
    texts = iter(ReasonWords(encoder).phrases(leads, x[row, leads]).tolist())
    sides = [
        [
            Reason(words[at] if text is None else text, float(total[n // 2, at]))
            for (at, _), text in zip(side, texts, strict=False)
        ]
        for n, side in enumerate(told)
    ]
    return list(zip(sides[::2], sides[1::2], strict=True))


def rule_points(grid: AnyGrid, points: Float) -> RulePoints:
    """Return what rules add, with their words; a rule on one thing alone is about that thing."""
    return RulePoints(
        points, tuple(rule_words(grid, "en")),
        tuple(criterion_of_rule(rule.id, rule.when) for rule in grid.rules),
    )  # fmt: skip


def _strongest(
    criteria: Criteria, points: Float, total: Float, sign: float, *, per_sign: int
) -> list[tuple[int, int]]:
    """Return the strongest criteria of one row and sign, each with the feature that tells it, or `NONE`."""
    found = []
    for at in np.argsort(-sign * total, kind="stable")[:per_sign].tolist():
        if sign * total[at] < 0.5:
            break
        among = [f for f in criteria.of[at].members if criteria.may_lead[f]]
        found.append((at, max(among, key=lambda f: sign * points[f]) if among else NONE))
    return found


def told_of(encoder, x, shap, *, per_sign=3, points=1.0, grid=(), rules=None):
    """Return what the product tells of encoded rows whose contributions are given: lists for and against."""
    scorer = SimpleNamespace(
        model=SimpleNamespace(encoder=encoder), grid=SimpleNamespace(rules=grid),
        scale=SimpleNamespace(points_to_double=points * np.log(2.0)),
    )  # fmt: skip
    shap = np.array(shap, dtype=float)
    of_rules = np.zeros((len(shap), 0)) if rules is None else np.array(rules, dtype=float)
    how = Reasoning(scorer, per_sign)
    return how.listed(
        how.of_blend(np.array(x, dtype=float), SimpleNamespace(features=shap, rules=of_rules))
    )


def told_of_grid(grid, trace_row, *, language="en"):
    """Return what the product tells of one lead whose rules gave these points: texts for and against."""
    scorer = SimpleNamespace(model=None, grid=grid)
    how = Reasoning(scorer, len(trace_row), language)
    trace = np.array([trace_row], dtype=float)
    ((up, down),) = how.listed(how.of_grid(SimpleNamespace(trace=trace, points=np.zeros(1))))
    return [str(reason) for reason in up], [str(reason) for reason in down]
