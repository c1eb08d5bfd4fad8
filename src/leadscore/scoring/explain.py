"""What moves scores: features by how much they move them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leadscore.scoring.encoder import Encoder
from leadscore.scoring.reasons.facts import VALUE

Float = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Importance:
    """How much a feature moves scores: mean |points| over some looks."""

    feature: str
    words: str
    points: float


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
