"""Reasons for a score in words: exact path-dependent SHAP values of the trees, in score points."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leadscore.scoring.encoder import Encoder, Matrix
from leadscore.scoring.model import Trees
from leadscore.scoring.reasons import Criteria, ReasonWords, criteria_of
from leadscore.scoring.reasons.facts import VALUE
from leadscore.scoring.reasons.words import NONE

Float = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Reason:
    """One reason: what was seen, in words, and the score points it moves (negative: against)."""

    words: str
    points: float

    def __str__(self) -> str:
        """Return the words with signed points, as a CRM field shows them."""
        return f"{self.words} ({self.points:+.0f})"


@dataclass(frozen=True)
class Importance:
    """How much a feature moves scores: mean |points| over some looks."""

    feature: str
    words: str
    points: float


@dataclass(frozen=True)
class RulePoints:
    """What the rules of a grid add: float64[n_rows, n_rules], their words, and the criterion of each."""

    values: Float
    words: tuple[str, ...]
    origins: tuple[str, ...]


def contributions(trees: Trees, x: Matrix, *, threads: int = 1) -> Float:
    """Return SHAP values in log-odds, float64[n_rows, n_features]; they add up to the raw score."""
    return trees.explained(x, threads=threads)[1]


def reasons(
    encoder: Encoder,
    x: Matrix,
    values: Float,
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


def importance(
    encoder: Encoder, shap_values: Float, *, points_per_log_odds: float
) -> list[Importance]:
    """Return every feature by mean |score points|, strongest first."""
    strength = np.abs(shap_values).mean(axis=0) * points_per_log_odds
    return [
        Importance(
            encoder.features[i].name, without_value(encoder.features[i].words), float(strength[i])
        )
        for i in np.argsort(-strength, kind="stable")
    ]


def without_value(words: str) -> str:
    """Return a feature's words without a value: ``Page viewed, in 30 days``, ``lead is n days old``."""
    field = VALUE.search(words)
    if field is None:
        return words
    label, colon, before = words[: field.start()].rpartition(": ")
    if not colon:
        return VALUE.sub("n", words)
    told = f"{before}n{words[field.end() :]}" if before else words[field.end() :].strip()
    return f"{label}, {told}" if told else label


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
