"""What a proposal rests on: the hashes and settings it was made from, held against those of today."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Any

import pandas as pd
from pydantic import Field

from leadscore.domain.quarters import Quarter
from leadscore.domain.settings import Settings
from leadscore.domain.strict import Strict
from leadscore.review.rows import plain

_CALIBRATION = {
    "slope_sd", "intercept_sd", "tried_persistence", "tried_slope_drift", "tried_level_drift",
}  # fmt: skip
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Basis(Strict):
    """What a proposal of thresholds was made from; plain values, no times of day but the export's.

    `evidence_sha256` is of the evidence table, `bundle_sha256` of the manifest of the bundle that scored
    it (its members by their hashes, the grid's curve and the scale among them), `grids` of each grid file
    by its path. `decision_id` was in force. `observed_until` is the moment of the export that was trained
    on and `quarter` its quarter (``2026Q2``), both null without dates. `settings` are those a proposal
    reads, under their names in params.yaml.
    """

    source: str
    observed_until: str | None
    quarter: str | None
    opinion: str
    evidence_sha256: Sha256
    bundle_sha256: Sha256
    grids: dict[str, Sha256]
    decision_id: str
    settings: dict[str, Any]


@dataclass(frozen=True)
class Changed:
    """One thing that is not as it was: its field in the proposal, the file it lies in, and what was and is."""

    field: str
    file: str
    before: object
    after: object

    def told(self) -> str:
        """Return it in words; of hashes the first twelve digits."""
        was, now = (_short(value) for value in (self.before, self.after))
        return f"{self.file}: {self.field} was {was}, is {now}"


def settings_read(settings: Settings) -> dict[str, Any]:
    """Return the settings that a proposal reads, as a proposal keeps them."""
    read: dict[str, Any] = plain(
        {
            "seed": settings.seed,
            "thresholds": settings.thresholds.model_dump(),
            "calibration": settings.calibration.model_dump(include=_CALIBRATION),
            "review": {
                "min_leads": settings.review.min_leads,
                "bootstrap": settings.review.bootstrap,
            },
        }
    )
    return read


def quarter_of(moment: str | None) -> str | None:
    """Return the quarter of an ISO 8601 moment.

    Examples
    --------
    >>> quarter_of("2026-06-28T23:34:16+00:00")
    '2026Q2'
    """
    return None if moment is None else Quarter.of(pd.Timestamp(moment)).name


def changed_since(made: Basis, now: Basis) -> list[Changed]:
    """Return everything a proposal rests on that is not as it was, the data first."""
    found = [
        Changed(f"basis.{field}", file, getattr(made, field), getattr(now, field))
        for field, file in (
            ("evidence_sha256", "models/evidence/evidence.parquet"),
            ("bundle_sha256", "models/bundle/manifest.json"),
            ("decision_id", "config/decisions.yaml"),
        )
    ]
    for path in {**made.grids, **now.grids}:
        was, is_now = made.grids.get(path, "nothing"), now.grids.get(path, "nothing")
        found.append(Changed("basis.grids", path, was, is_now))
    different = [each for each in found if each.before != each.after]
    return [*different, *settings_changed(made.settings, now.settings)]


def settings_changed(made: Mapping[str, Any], now: Mapping[str, Any]) -> list[Changed]:
    """Return the settings that are not as they were, by their full names."""
    before, after = dict(_leaves(made)), dict(_leaves(now))
    return [
        Changed(key, "params.yaml", before.get(key), after.get(key))
        for key in {**before, **after}
        if before.get(key) != after.get(key)
    ]


def _leaves(nested: Mapping[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for key, value in nested.items():
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{prefix}{key}.")
        else:
            yield f"{prefix}{key}", value


def _short(value: object) -> str:
    text = str(value)
    return text[:12] if len(text) == 64 else text
