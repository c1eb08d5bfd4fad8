"""Reasons of many leads in words: each distinct phrase is made once, then taken by its place.

What is distinct is a feature and the value that remains when it is rounded for display; a million leads
have some thousands of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from leadscore.domain.issuing_settings import BETWEEN
from leadscore.domain.rules import Rule
from leadscore.history.facts import Language
from leadscore.history.sentences import clean, joined
from leadscore.history.sentences_words import NOT_KNOWN, PROTECTED_WORDS
from leadscore.scoring.encoder import Encoder
from leadscore.scoring.reasons.criteria import tests_protected
from leadscore.scoring.reasons.display import MISSING, shown, style_of
from leadscore.scoring.reasons.facts import VALUE, facts_of, is_as_written, label_of
from leadscore.scoring.reasons.telling import Teller
from leadscore.scoring.reasons.typical import Typical, places_of

Float = npt.NDArray[np.float64]
Places = npt.NDArray[np.intp]
Texts = npt.NDArray[np.object_]
NONE = -1
"""Place of a reason that is not there."""


class HasRules(Protocol):
    """A grid, or several."""

    @property
    def rules(self) -> Sequence[Rule]:
        """The rules, in the order of a trace."""


class ReasonWords:
    """How the values of a model's features are told in one language.

    Parameters
    ----------
    encoder
        The features, and the words of categories behind their codes.
    typical
        What is typical in training; features without it are told without a comparison.
    language
        ``en`` or ``fr``; labels stay in the language of the mapping.
    """

    def __init__(
        self, encoder: Encoder, typical: Sequence[Typical] = (), language: Language = "en"
    ) -> None:
        """Word once what does not change with the value."""
        self.encoder, self.language = encoder, language
        facts, levels = facts_of(encoder), encoder.levels
        self._style = np.array([style_of(fact) for fact in facts], dtype=np.intp)
        at = places_of(encoder, typical)
        places, values = np.array([*at], dtype=np.intp), np.array([*at.values()], dtype=np.float64)
        usual = dict(zip(at, shown(self._style[places], values).tolist(), strict=True))
        self._tellers = tuple(
            Teller(fact, language, typical=usual.get(i), levels=levels.get(encoder.names[i], ()))
            for i, fact in enumerate(facts)
        )
        self._as_written = [
            feature.words if is_as_written(feature) and fact.shows == "value" else None
            for feature, fact in zip(encoder.features, facts, strict=True)
        ]

    def phrases(self, feature: Places, value: Float) -> Texts:
        """Return what each value says, object[...] of str in the shape of `feature`.

        Parameters
        ----------
        feature, value
            Place among the encoder's features, and value as its matrix has it; of one shape.
        """
        code, words = self._coded(np.ravel(feature), np.ravel(value))
        return np.array([*words, None], dtype=object)[code].reshape(np.shape(feature))

    def told(
        self, feature: Places, value: Float, points: Float, *, rules: Sequence[str] = ()
    ) -> pa.Array:
        """Return each row's reasons in one text: ``words (+12); words (+3)``; null where a row has none.

        Parameters
        ----------
        feature, value, points
            [n_rows, k], strongest first: place of the feature that tells the reason (`NONE`: no reason),
            its value in the matrix, and the reason's points. A rule of the grid has the place
            ``n_features`` + its own; its value is not read.
        rules
            The rules' words (`rule_words`).

        Returns
        -------
        pyarrow large_string array of n_rows.
        """
        n_rows, k = feature.shape
        if not k:
            return pa.nulls(n_rows, pa.large_string())
        code, words = self._coded(np.ravel(feature), np.ravel(value), rules)
        whole = whole_points(np.ravel(points)).astype(np.int64)
        span = 2 * int(np.abs(whole).max(initial=0)) + 1
        place, distinct = pd.factorize(code * span + whole + span // 2)
        of, moved = np.divmod(distinct, span)
        texts = pa.array(
            [
                "" if at == len(words) else f"{BETWEEN}{words[at]} ({n - span // 2:+d})"
                for at, n in zip(of.tolist(), moved.tolist(), strict=True)
            ],
            pa.large_string(),
        )
        columns = place.reshape(n_rows, k)
        parts = [texts.take(pa.array(columns[:, i])) for i in range(k)]
        # Without nulls: pyarrow 25 drops rows that are null in all columns (null_handling="skip").
        line = pc.binary_join_element_wise(*parts, pa.scalar("", pa.large_string()))
        line = pc.utf8_slice_codeunits(line, len(BETWEEN))
        return pc.if_else(pc.equal(pc.binary_length(line), 0), None, line)

    def _coded(
        self, feature: Places, value: Float, rules: Sequence[str] = ()
    ) -> tuple[Places, list[str]]:
        """Return the distinct phrases and the place of each; `NONE` has the place behind the last."""
        n = len(self._style)
        feature = np.asarray(feature, dtype=np.intp)
        if feature.size and (feature.min() < NONE or feature.max() >= n + len(rules)):
            most, got = n + len(rules) - 1, f"{feature.min()} to {feature.max()}"
            raise ValueError(f"features lie in 0 to {most}, got {got}")
        is_feature = (feature >= 0) & (feature < n)
        seen = shown(self._style[feature[is_feature]], value[is_feature])
        number, values = pd.factorize(seen)
        pair, distinct = pd.factorize(feature[is_feature] * max(len(values), 1) + number)
        of, at = np.divmod(distinct, max(len(values), 1))
        words = [self._phrase(f, v) for f, v in zip(of.tolist(), values[at].tolist(), strict=True)]
        code = np.full(len(feature), len(words) + len(rules), dtype=np.intp)
        code[is_feature] = pair
        of_rule = feature >= n
        code[of_rule] = len(words) + feature[of_rule] - n
        return code, [*words, *rules]

    def _phrase(self, feature: int, value: float) -> str:
        words = self._as_written[feature]
        if words is not None:
            return _as_written(words, value, self.language)
        return self._tellers[feature].phrase(value)


def rule_words(grid: HasRules, language: Language) -> list[str]:
    """Return the words of a grid's rules; of one on a protected attribute nothing is told but that."""
    return [
        PROTECTED_WORDS[language]
        if tests_protected(rule.when)
        else clean(getattr(rule.words, language))
        for rule in grid.rules
    ]


def whole_points(points: Float) -> Float:
    """Return points as they are shown: whole, half a point counting as one, float64; at most a million.

    Examples
    --------
    >>> whole_points(np.array([12.4, 0.5, -0.5])).tolist()
    [12.0, 1.0, -1.0]
    """
    size = np.minimum(np.floor(np.abs(np.nan_to_num(points)) + 0.5), 1e6)
    return np.asarray(np.copysign(size, points) + 0.0)


def _as_written(words: str, value: float, language: Language) -> str:
    """Return the words of a feature that has an English template alone."""
    if value == MISSING:
        return joined(clean(label_of(words)), NOT_KNOWN[language], None, language)
    return clean(VALUE.sub(lambda field: format(value, field[1] or "g"), words))
