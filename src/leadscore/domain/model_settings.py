"""Settings of the model: small trees, the blend that weighs its parts, and how it is recalibrated."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from leadscore.domain.strict import Count, Positive, Share, Strict

Weight = Annotated[float, Field(ge=0, le=1)]
Direction = Literal["rising", "falling"]


class ModelSettings(Strict):
    """The small LightGBM."""

    num_leaves: Annotated[int, Field(ge=2, le=255)]
    learning_rate: Share
    min_child_samples: Count
    few_child_samples: Count
    subsample: Annotated[float, Field(gt=0, le=1)]
    colsample: Annotated[float, Field(gt=0, le=1)]
    reg_lambda: Annotated[float, Field(ge=0)]
    cat_smooth: Annotated[float, Field(ge=0)]
    max_rounds: Count
    patience: Count
    refit_factor: Annotated[float, Field(ge=1, le=3)]
    monotone: dict[str, Direction]


class CalibrationSettings(Strict):
    """Prior and drift of the Platt recalibration."""

    slope_sd: Positive
    intercept_sd: Positive
    grid_slope_sd: Positive
    half_life_days: Positive
    tried_persistence: Annotated[list[Annotated[float, Field(gt=0, le=1)]], Field(min_length=1)]
    tried_slope_drift: Annotated[list[Annotated[float, Field(ge=0)]], Field(min_length=1)]
    tried_level_drift: Annotated[list[Positive], Field(min_length=1)]


class BlendSettings(Strict):
    """How grid, logistic and trees are weighed in log-odds."""

    grid: Weight
    logistic: Weight
    trees: Weight
    pull: Positive
    few_pull: Positive
    few_won: Count
    intercept_pull: Positive
    folds: Annotated[int, Field(ge=2, le=20)]
    half_life_blocks: Positive
    penalties: Annotated[list[Positive], Field(min_length=1)]
    max_rows: Annotated[int, Field(ge=1_000)]
    training_half_life: Positive | None
    segments: list[Annotated[str, Field(min_length=1)]]

    @model_validator(mode="after")
    def _has_weight(self) -> BlendSettings:
        if not self.grid + self.logistic + self.trees > 0:
            raise ValueError("grid, logistic and trees must not all weigh 0")
        return self
