"""Reasons of many leads as texts: the strongest for and against, in words and points."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from leadscore.scoring.blend.additive import Additive, rule_points
from leadscore.scoring.encoder import Matrix
from leadscore.scoring.explain import RulePoints, phrases
from leadscore.scoring.grid import GridScore
from leadscore.scoring.scorer import Model, Scorer
from leadscore.scoring.strongest import LEAST_POINTS, Grouped, Strongest, by_origin, strongest

Float = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
DISQUALIFIED = "disqualified by a rule of the grid"
_OVER = float(np.nextafter(LEAST_POINTS, 1.0))  # points of a rule that round to 0 at the half


@dataclass(frozen=True)
class Reasons:
    """Texts of n leads, null where there is nothing to say: ``Demo requested: 1 in 7 days (+12); ...``."""

    for_: pd.Series
    against: pd.Series


@dataclass(frozen=True)
class Telling:
    """How one scorer's reasons are told, at most `per_sign` of each sign."""

    scorer: Scorer
    per_sign: int

    @cached_property
    def _points_per_log_odds(self) -> float:
        return self.scorer.scale.points_to_double / float(np.log(2.0))

    def of_blend(self, model: Model, x: Matrix, split: Additive, grid: GridScore) -> Reasons:
        """Tell what moves the blend: criteria of features, with the rules on them, in score points."""
        rules = rule_points(self.scorer.grid, split.rules)
        encoder = model.encoder
        readable = ["_decayed_" not in f.name for f in encoder.features]
        grouped = Grouped.of([f.origin for f in encoder.features], rules.origins, readable)
        features = np.ascontiguousarray(split.features.T) * self._points_per_log_odds
        of_rules = split.rules.T * self._points_per_log_odds
        total = by_origin(features, of_rules, grouped)

        def words(best: Strongest, i: int) -> pa.Array:
            feature, origin = best.feature[i], best.origin[i]
            by_feature = np.flatnonzero(feature >= 0)
            told = np.full(len(feature), None, dtype=object)
            seen = x[by_feature, feature[by_feature]]
            told[by_feature] = phrases(encoder, feature[by_feature], seen)
            by_rule = np.flatnonzero((feature < 0) & (origin >= 0))
            told[by_rule] = _words_of(rules, grouped)[origin[by_rule]]
            return pa.array(told, pa.string())

        best = [strongest(features, total, grouped, sign=s, k=self.per_sign) for s in (1, -1)]
        texts = [_joined([words(b, i) for i in range(self.per_sign)], b) for b in best]
        return _reasons(texts[0], texts[1], grid.disqualified)

    def of_grid(self, grid: GridScore) -> Reasons:
        """Tell the rules of the grid, by their points."""
        rules = self.scorer.grid.rules
        by_words = np.argsort([rule.words.en for rule in rules], kind="stable")
        points = np.ascontiguousarray(grid.trace.T[by_words]) if len(rules) else np.zeros((0, 0))
        points = points.reshape(len(rules), len(grid.points))
        words = np.array([rules[i].words.en for i in by_words] + [None], dtype=object)
        own = Grouped.of([f"{i:06d}" for i in range(len(rules))], [], [True] * len(rules))

        def text(sign: int) -> pa.Array:
            best = strongest(points, points, own, sign=sign, k=self.per_sign, least=_OVER)
            return _joined([pa.array(words[place], pa.string()) for place in best.origin], best)

        return _reasons(text(1), text(-1), grid.disqualified)

    def of_nobody(self, disqualified: Mask) -> Reasons:
        """Tell nothing: the base rate says the same of everybody."""
        none = pa.nulls(len(disqualified), pa.string())
        return _reasons(none, none, disqualified)


def _words_of(rules: RulePoints, grouped: Grouped) -> npt.NDArray[np.object_]:
    """Return, per origin, the words of its last rule."""
    out = np.full(len(grouped.names), None, dtype=object)
    out[grouped.of_rule] = np.array(rules.words, dtype=object)
    return out


def _joined(words: list[pa.Array], best: Strongest) -> pa.Array:
    """Return the reasons of each row on one line, strongest first; null where there is none."""
    line = pa.nulls(best.origin.shape[1], pa.string())
    for own, points in zip(words, best.points, strict=True):
        line = _after(line, pc.binary_join_element_wise(own, _signed(points), ""))
    return line


def _after(line: pa.Array, more: pa.Array) -> pa.Array:
    """Return what is there of two texts, with a semicolon between both."""
    both = pc.binary_join_element_wise(line, more, "; ")
    return pc.coalesce(both, line, more)


def _signed(points: Float) -> pa.Array:
    """Return ``" (+12)"`` of points, as Python's format rounds them."""
    whole = np.rint(points).astype(np.int64)
    distinct, place = np.unique(whole, return_inverse=True)
    return pa.array([f" ({number:+d})" for number in distinct.tolist()], pa.string()).take(
        pa.array(place.ravel())
    )


def _reasons(for_: pa.Array, against: pa.Array, disqualified: Mask) -> Reasons:
    nothing = pa.scalar(None, pa.string())
    stopped = pc.if_else(pa.array(disqualified), DISQUALIFIED, nothing)
    return Reasons(_series(for_), _series(_after(stopped, against)))


def _series(texts: pa.Array) -> pd.Series:
    return pd.Series(pd.array(texts, dtype=pd.StringDtype("pyarrow", na_value=np.nan)))
