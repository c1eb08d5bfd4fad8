"""Reasons for a score in words: exact path-dependent SHAP values of the trees, in score points."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leadscore.scoring.encoder import Encoder, Matrix
from leadscore.scoring.model import Trees

Float = npt.NDArray[np.float64]
# Labels come from a mapping and may hold braces: only the value is a field.
_VALUE = re.compile(r"\{value(?::([^}]*))?\}")


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
    """What the rules of a grid add: float64[n_rows, n_rules], their words, and what each is about."""

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
    """Return for each row the strongest reasons for and against, one per origin.

    Contributions of one origin (counts and recency of one event type, a rule on it) are added up and
    told by the strongest feature of them, so that a rep reads three things and not one thing three
    times; a rule on nothing that a feature tells is told by its own words. Reasons below half a point are
    left out.
    """
    own = tuple(f.origin for f in encoder.features)
    of_rules = () if rules is None else rules.origins
    origins = sorted({*own, *of_rules})
    member = np.array([origins.index(name) for name in own], dtype=np.intp)
    points = values * points_per_log_odds
    total = np.zeros((len(x), len(origins)))
    np.add.at(total.T, member, points.T)
    words: dict[int, str] = {}
    if rules is not None:
        of_rule = np.array([origins.index(name) for name in of_rules], dtype=np.intp)
        np.add.at(total.T, of_rule, (rules.values * points_per_log_odds).T)
        words = dict(zip(of_rule.tolist(), rules.words, strict=True))
    return [
        _row(encoder, x[i], points[i], total[i], member, words, per_sign=per_sign)
        for i in range(len(x))
    ]


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
    field = _VALUE.search(words)
    if field is None:
        return words
    label, colon, before = words[: field.start()].rpartition(": ")
    if not colon:
        return _VALUE.sub("n", words)
    told = f"{before}n{words[field.end() :]}" if before else words[field.end() :].strip()
    return f"{label}, {told}" if told else label


def phrases(
    encoder: Encoder, feature: npt.NDArray[np.int32], value: Float
) -> npt.NDArray[np.object_]:
    """Return the words of features at values, object[n]; each distinct pair is worded once."""
    pairs = np.empty(len(feature), dtype=[("feature", "<i4"), ("value", "<f8")])
    pairs["feature"], pairs["value"] = feature, value
    distinct, place = np.unique(pairs, return_inverse=True)
    words = np.array([_phrase(encoder, int(f), float(v)) for f, v in distinct], dtype=object)
    return words[place.ravel()] if len(words) else np.empty(0, dtype=object)


def _row(
    encoder: Encoder,
    x: Float,
    points: Float,
    total: Float,
    member: npt.NDArray[np.intp],
    words: Mapping[int, str],
    *,
    per_sign: int,
) -> tuple[list[Reason], list[Reason]]:
    def told(origins: Sequence[int], sign: float) -> list[Reason]:
        out = []
        for origin in origins[:per_sign]:
            if sign * total[origin] < 0.5:
                break
            features = np.flatnonzero(member == origin)
            if not len(features):
                out.append(Reason(words[origin], float(total[origin])))
                continue
            readable = features[~decayed[features]]
            among = (readable if len(readable) else features).tolist()
            lead = max(among, key=lambda f: sign * points[f])
            out.append(Reason(_phrase(encoder, lead, x[lead]), float(total[origin])))
        return out

    # A decayed sum weighs well and reads badly: its points count, a plain fact is told.
    decayed = np.array(["_decayed_" in f.name for f in encoder.features])
    ranked = np.argsort(-total, kind="stable")
    return told(ranked.tolist(), 1.0), told(ranked[::-1].tolist(), -1.0)


def _phrase(encoder: Encoder, feature: int, value: float) -> str:
    described = encoder.features[feature]
    shown = encoder.shown(feature, value)
    if isinstance(shown, str):
        if described.name.endswith("_recency_days"):
            return f"{_label(described.words)}: never"
        return f"{_label(described.words)}: {shown}"
    return _VALUE.sub(lambda field: format(shown, field[1] or ""), described.words)


def _label(words: str) -> str:
    """Return what stands before the value: ``Channel`` of "Channel: {value}"."""
    before, colon, _ = words[: words.find("{value")].rpartition(": ")
    return before if colon else without_value(words)
