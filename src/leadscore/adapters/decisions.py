"""The thresholds in force: the signed decisions of `config/decisions.yaml`, or the initial ones."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from leadscore.adapters.yaml_strict import load_yaml
from leadscore.domain.settings import Settings, Thresholds
from leadscore.scoring.thresholds import in_force, parse_decisions

INITIAL = "initial"


@dataclass(frozen=True)
class InForce:
    """Thresholds in force, the decision they rest on, and the probability it pins to score 50."""

    thresholds: Thresholds
    decision_id: str
    anchor_probability: float | None


def decision_in_force(root: Path, settings: Settings, *, as_of: pd.Timestamp | None) -> InForce:
    """Return the last decision for the source at `as_of` (None: the last of all), else params' initial."""
    path = root / "config/decisions.yaml"
    if path.exists():
        decisions = parse_decisions(load_yaml(path), file=path)
        day = None if as_of is None else as_of.date()
        decision = in_force(decisions, source=settings.source.name, as_of=day)
        if decision is not None:
            thresholds = Thresholds(hot=decision.hot, warm=decision.warm)
            return InForce(thresholds, decision.id, decision.anchor_probability)
    return InForce(settings.thresholds.initial, INITIAL, None)
