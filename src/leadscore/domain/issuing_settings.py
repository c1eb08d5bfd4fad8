"""Settings of what a night issues. Units and reasons stand in `params.yaml`, ranges here."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from leadscore.domain.strict import Count, Positive, Share, Strict

BETWEEN = "; "
"""What stands between two reasons of an issued score."""


class ScoreSettings(Strict):
    """What an issued score carries, and in which language its reasons are told."""

    language: Literal["en", "fr"]
    reasons_per_sign: Annotated[int, Field(ge=0, le=10)]
    max_export_age_days: Positive
    trend_days: Count
    trend_points: Positive
    valid_days: Positive
    max_median_ratio: Annotated[float, Field(gt=1)]
    max_unknown_rise: Share


class ExplorationSettings(Strict):
    """How many cold leads are marked to be worked all the same."""

    share: Annotated[float, Field(ge=0, le=0.5)]


class NightGateSettings(Strict):
    """How far a night's scores may lie from those of the nights before."""

    compared_days: Positive
    warned_moved: Share
    most_moved: Share
    most_psi: Positive
    same_weekdays: Count
    least_nights: Count
    warned_volume: Positive
    least_volume: Positive
    most_volume: Positive
    warned_model_days: Positive
    most_model_days: Positive

    @model_validator(mode="after")
    def _warned_before_stopped(self) -> NightGateSettings:
        if not self.warned_moved <= self.most_moved:
            raise ValueError("warned_moved must not be above most_moved")
        if not self.warned_model_days <= self.most_model_days:
            raise ValueError("warned_model_days must not be above most_model_days")
        if not self.least_volume < 1 < self.most_volume:
            raise ValueError("least_volume must be below 1 and most_volume above")
        return self
