"""Settings of what a night issues. Units and reasons stand in `params.yaml`, ranges here."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from leadscore.domain.strict import Count, Positive, Share, Strict


class ScoreSettings(Strict):
    """What an issued score carries, and in which language its reasons are told."""

    language: Literal["en", "fr"]
    reasons_per_sign: Annotated[int, Field(ge=0, le=10)]
    max_export_age_days: Positive
    trend_days: Count
    trend_points: Positive
    max_median_ratio: Annotated[float, Field(gt=1)]
    max_unknown_rise: Share


class ExplorationSettings(Strict):
    """How many cold leads are marked to be worked all the same."""

    share: Annotated[float, Field(ge=0, le=0.5)]
