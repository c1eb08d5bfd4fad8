"""Reasons of many leads: the strongest for and against, in words and points, by whoever leads the score."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from leadscore.domain.issuing_settings import BETWEEN
from leadscore.history.facts import Language
from leadscore.scoring.blend.additive import Additive
from leadscore.scoring.encoder import Encoder, Matrix
from leadscore.scoring.explain import without_value
from leadscore.scoring.grid import GridScore
from leadscore.scoring.reasons import ReasonWords, Typical, criteria_of, criterion_of_rule
from leadscore.scoring.reasons.strongest import (
    LEAST_POINTS,
    Members,
    Strongest,
    by_criterion,
    strongest,
)
from leadscore.scoring.reasons.words import rule_words, whole_points
from leadscore.scoring.scorer import Scorer

Float = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
DISQUALIFIED: dict[Language, str] = {
    "en": "disqualified by a rule of the grid",
    "fr": "exclu par une règle de la grille",
}
_OVER = float(np.nextafter(LEAST_POINTS, 1.0))  # points of a rule that round to 0 at the half


@dataclass(frozen=True)
class Reason:
    """One reason: what was seen, in words, and the score points it moves (negative: against)."""

    words: str
    points: float

    @property
    def whole(self) -> int:
        """The points as they are shown."""
        return int(whole_points(np.array(self.points)))

    def __str__(self) -> str:
        """Return the words with signed points, as a CRM field shows them."""
        return f"{self.words} ({self.whole:+d})"


@dataclass(frozen=True)
class Reasons:
    """Texts of n leads, null where there is nothing to say: ``Demo requested: 1 in 7 days (+12); ...``."""

    for_: pd.Series
    against: pd.Series


@dataclass(frozen=True)
class Chosen:
    """The strongest reasons of n rows for and against; places of terms, values and points are [n_rows, k]."""

    term: tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]
    value: tuple[Float, Float]
    points: tuple[Float, Float]


@dataclass(frozen=True)
class Reasoning:
    """How one scorer's reasons are told, at most `per_sign` of each sign, in one language."""

    scorer: Scorer
    per_sign: int
    language: Language = "en"
    typical: tuple[Typical, ...] = ()

    def texts(self, chosen: Chosen, disqualified: Mask) -> Reasons:
        """Return the reasons of each row as two texts; what disqualifies is told first."""
        for_, against = (
            self._words.told(term, value, points, rules=self._rule_words)
            for term, value, points in zip(chosen.term, chosen.value, chosen.points, strict=True)
        )
        return _reasons(for_, against, disqualified, self.language)

    def listed(self, chosen: Chosen) -> list[tuple[list[Reason], list[Reason]]]:
        """Return the same of few rows one by one: for and against, strongest first."""
        n = len(self._encoder.features)
        rules = np.array([*self._rule_words, None], dtype=object)
        sides: list[list[list[Reason]]] = []
        for term, value, points in zip(chosen.term, chosen.value, chosen.points, strict=True):
            is_rule = term >= n
            words = self._words.phrases(np.where(is_rule, -1, term), value)
            words[is_rule] = rules[term[is_rule] - n]
            sides.append(
                [
                    [Reason(w, float(p)) for w, p in zip(*row, strict=True) if w is not None]
                    for row in zip(words.tolist(), points.tolist(), strict=True)
                ]
            )
        return list(zip(*sides, strict=True))

    def of_blend(self, x: Matrix, split: Additive) -> Chosen:
        """Choose what moves the blend: criteria of features, with the rules on them, in score points."""
        per_log_odds = self.scorer.scale.points_to_double / float(np.log(2.0))
        n = split.features.shape[1]
        terms = np.empty((n + split.rules.shape[1], len(x)))
        np.multiply(split.features.T, per_log_odds, out=terms[:n])
        np.multiply(split.rules.T, per_log_odds, out=terms[n:])
        total = by_criterion(terms, self._members)
        best = [
            strongest(terms, total, self._members, sign=sign, k=self.per_sign) for sign in (1, -1)
        ]
        return _chosen(best, x)

    def of_grid(self, grid: GridScore) -> Chosen:
        """Choose among the rules of the grid, each for itself, ties by their words."""
        n = len(self._encoder.features)
        order = np.argsort(self._rule_words, kind="stable").astype(np.int64)
        points = np.ascontiguousarray(grid.trace.T[order]).reshape(len(order), len(grid.points))
        own = np.arange(len(order))
        alone = Members(own, len(order), np.arange(len(order) + 1), own)
        places = np.append(order + n, -1).astype(np.int32)
        best = []
        for sign in (1, -1):
            told = strongest(points, points, alone, sign=sign, k=self.per_sign, least=_OVER)
            best.append(Strongest(told.criterion, told.points, places[told.term]))
        return _chosen(best, np.empty((len(grid.points), 0)))

    def explanation(self, x: Matrix, split: Additive) -> Any:
        """Return the split as shap's own `Explanation`, in score points, for its plots.

        Columns are the features, then the rules of the grid, then what no reason owns; with `base_values` a
        row adds up to the score (beyond 0 and 100 too, where the scale ends).
        """
        import shap  # heavy: two seconds that only plots need

        scale = self.scorer.scale
        per_log_odds = scale.points_to_double / float(np.log(2.0))
        anchor = float(np.log(scale.anchor_probability / (1 - scale.anchor_probability)))
        values = np.column_stack([split.features, split.rules, split.rest]) * per_log_odds
        names = [without_value(feature.words) for feature in self._encoder.features]
        beyond = values[:, x.shape[1] :]  # rules and limits have no value but what they add
        return shap.Explanation(
            values=values,
            base_values=np.full(len(x), 50.0 + (split.base - anchor) * per_log_odds),
            data=np.column_stack([x, beyond]),
            feature_names=[*names, *self._rule_words, "limits and ends"],
        )

    def of_nobody(self, n: int) -> Chosen:
        """Choose nothing: the base rate says the same of everybody."""
        none, empty = np.empty((n, 0), np.intp), np.empty((n, 0))
        return Chosen((none, none), (empty, empty), (empty, empty))

    @cached_property
    def _encoder(self) -> Encoder:
        model = self.scorer.model
        return model.encoder if model is not None else Encoder((), {})

    @cached_property
    def _words(self) -> ReasonWords:
        return ReasonWords(self._encoder, self.typical, self.language)

    @cached_property
    def _rule_words(self) -> list[str]:
        return rule_words(self.scorer.grid, self.language)

    @cached_property
    def _members(self) -> Members:
        rules = [criterion_of_rule(rule.id, rule.when) for rule in self.scorer.grid.rules]
        return Members.of(criteria_of(self._encoder, rules))


def _chosen(best: list[Strongest], x: Matrix) -> Chosen:
    terms, values = [], []
    for one in best:
        term = np.ascontiguousarray(one.term.T).astype(np.intp)
        value = np.full(term.shape, np.nan)
        is_feature = (term >= 0) & (term < x.shape[1])
        row = np.nonzero(is_feature)[0]
        value[is_feature] = x[row, term[is_feature]]
        terms.append(term)
        values.append(value)
    points = [np.ascontiguousarray(one.points.T) for one in best]
    return Chosen((terms[0], terms[1]), (values[0], values[1]), (points[0], points[1]))


def _reasons(for_: pa.Array, against: pa.Array, disqualified: Mask, language: Language) -> Reasons:
    text = pa.large_string()
    nothing = pa.scalar(None, text)
    stopped = pc.if_else(pa.array(disqualified), pa.scalar(DISQUALIFIED[language], text), nothing)
    both = pc.binary_join_element_wise(stopped, against, pa.scalar(BETWEEN, text))
    return Reasons(_series(for_), _series(pc.coalesce(both, stopped, against)))


def _series(texts: pa.Array) -> pd.Series:
    return pd.Series(pd.array(texts, dtype=pd.StringDtype("pyarrow", na_value=np.nan)))
