"""What segments have beyond what the recalibrated blend says of them: their levels, and whether they count.

It tells what training found and decided; it decides nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from leadscore.review.drifting import column_words
from leadscore.review.words import number
from leadscore.scoring.blend.levels import Level, Levels


@dataclass(frozen=True)
class LevelRow:
    """One value of a property: what its leads' odds are multiplied by, with the 95 % interval."""

    words: str
    level: str
    odds: float
    low: float
    high: float
    n_leads: int
    n_won: int


@dataclass(frozen=True)
class LevelsTold:
    """The levels property by property, the highest first, and a sentence on whether they count and why."""

    rows: Sequence[LevelRow]
    why: str

    @classmethod
    def from_training(cls, blend: Mapping[str, Any]) -> LevelsTold | None:
        """Return what is told of a blend; None where no property of these leads is asked for a level."""
        if not blend.get("levels", {}).get("levels"):
            return None
        judged, scores = (Levels.from_dict(blend[key]) for key in ("levels_judged", "levels"))
        ranked = sorted(scores.levels, key=lambda each: (each.feature, -each.offset, each.level))
        return cls([_row(each) for each in ranked], _why(judged, scores))


def levels_in_words(blend: Mapping[str, Any]) -> str:
    """Return a few words on whether levels count in what scores, for the model card."""
    if not blend.get("levels", {}).get("in_force"):
        return "no levels of segments"
    return f"levels of {_properties(Levels.from_dict(blend['levels']))}"


def _row(level: Level) -> LevelRow:
    odds, low, high = (float(np.exp(v)) for v in (level.offset, *level.ends))
    return LevelRow(
        column_words(level.feature), level.level, odds, low, high, level.n_leads, level.n_won
    )


def _why(judged: Levels, scores: Levels) -> str:
    if not scores.trial.n_looks:
        return "Not in force: no part of the past could try them."
    if scores.in_force:
        return f"In force: {_tried(scores)}."
    if not any(scores.spreads.values()):
        return (
            f"Not in force: segments do not differ beyond what the blend says ({_tried(scores)})."
        )
    if scores.trial.passed:
        return (
            f"Not in force: {_tried(scores)}, but before the test window they had not: {_tried(judged)}, and what "
            "nobody judged does not score."
        )
    return f"Not in force: {_tried(scores)}, which is not clear of chance."


def _tried(levels: Levels) -> str:
    t = levels.trial
    gain, error = (number(v, "{:.5f}") for v in (t.gain, t.gain_error))
    return (
        f"learned on what was known before and tried on {t.n_looks:,} later looks at {t.n_leads:,} leads, they saved "
        f"{gain} of log loss a look, standard error {error}"
    )


def _properties(levels: Levels) -> str:
    return " and ".join(column_words(name) for name, sd in levels.spreads.items() if sd > 0)
