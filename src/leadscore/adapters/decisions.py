"""The thresholds in force: the signed decisions of `config/decisions.yaml`, or the initial ones."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from leadscore.adapters.config.validation import origins_of, validated
from leadscore.adapters.config.yaml_strict import load_yaml_with_lines
from leadscore.domain.settings import Settings
from leadscore.scoring.thresholds import Decision, Decisions, in_force


def decision_in_force(root: Path, settings: Settings, *, as_of: pd.Timestamp | None) -> Decision:
    """Return the source's last decision at `as_of` (None: the last of all), else params' initial one."""
    path = root / "config/decisions.yaml"
    if path.exists():
        value, lines = load_yaml_with_lines(path)
        signed = validated(
            Decisions, value, origins_of(path, lines) | {(): (path, 1)}, code="bad-decisions"
        )
    else:
        signed = Decisions(decisions=[])
    return in_force(
        signed.decisions,
        source=settings.source.name,
        as_of=None if as_of is None or pd.isna(as_of) else as_of.date(),
        initial=settings.thresholds.initial,
    )
