"""The nights before one, as the gates ask for them: the last one's scores, and how many leads others had."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from leadscore.adapters import issued as partitions
from leadscore.domain.issuing_settings import NightGateSettings
from leadscore.scoring.night_gates import Before

_DECIDE = ("bundle_sha256", "opinion", "thresholds")


@dataclass(frozen=True)
class NightsBefore:
    """The dated nights before a moment, each with its last run, oldest first."""

    moment: pd.Timestamp
    nights: tuple[tuple[pd.Timestamp, Path], ...]

    @classmethod
    def of(cls, root: Path, moment: pd.Timestamp) -> NightsBefore:
        """Look for the nights below `root` before a moment; an undated source has none."""
        if pd.isna(moment):
            return cls(moment, ())
        last = {at: folder for at, folder in partitions.dated(root) if at < moment}
        return cls(moment, tuple(sorted(last.items())))

    def last(self, settings: NightGateSettings) -> tuple[pd.Timestamp, Path] | None:
        """Return the night that is compared with; None where the last one is too long ago."""
        if not self.nights:
            return None
        at, folder = self.nights[-1]
        is_near = self.moment - at <= pd.Timedelta(days=settings.compared_days)
        return (at, folder) if is_near else None

    def before(self, inputs: Mapping[str, Any], settings: NightGateSettings) -> Before | None:
        """Read the last night's scores.

        Parameters
        ----------
        inputs
            What decides tonight's bytes: whether the same model scored under the same thresholds.
        """
        found = self.last(settings)
        if found is None:
            return None
        at, folder = found
        was = partitions.inputs_of(folder)
        is_alike = all(was.get(name) == inputs.get(name) for name in _DECIDE)
        scores = partitions.read_partition(folder, columns=["lead_id", "score", "tier"])
        return Before(at, scores.sort_values("lead_id", ignore_index=True), is_alike)

    def volumes(self, settings: NightGateSettings) -> list[int]:
        """Return how many leads were scored on the last nights of the same weekday."""
        same = [
            folder for at, folder in self.nights if at.weekday() == self.moment.weekday()
        ]  # fmt: skip
        wanted = same[-settings.same_weekdays :] if settings.same_weekdays else []
        return [int(partitions.counts_of(folder)["open"]) for folder in wanted]
