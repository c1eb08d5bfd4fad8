"""Settings of the search for better trees: which settings of `model` are tried, where, how often."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import Field, ValidationError, model_validator

from leadscore.domain.model_settings import ModelSettings
from leadscore.domain.strict import Count, Strict

_COUNTS = ("num_leaves", "min_child_samples")


class SearchRange(Strict):
    """One setting of `model` and where it is tried; `log` tries doublings alike, `linear` steps."""

    setting: Literal[
        "num_leaves",
        "learning_rate",
        "min_child_samples",
        "subsample",
        "colsample",
        "reg_lambda",
        "cat_smooth",
    ]
    low: Annotated[float, Field(ge=0)]
    high: Annotated[float, Field(ge=0)]
    scale: Literal["log", "linear"]

    @property
    def is_count(self) -> bool:
        """Whether only whole numbers are tried."""
        return self.setting in _COUNTS

    def holding(self, default: float) -> SearchRange:
        """Return the range, wide enough to hold the setting in force; linear where that is 0."""
        low = min(self.low, default)
        scale = self.scale if low > 0 else "linear"
        return SearchRange(setting=self.setting, low=low, high=max(self.high, default), scale=scale)

    @model_validator(mode="after")
    def _is_a_range(self) -> SearchRange:
        if not self.low < self.high:
            raise ValueError(f"{self.setting}: low must be below high")
        if self.scale == "log" and self.low == 0:
            raise ValueError(
                f"{self.setting}: a range from 0 has no doublings; write scale: linear"
            )
        if self.is_count and not (self.low.is_integer() and self.high.is_integer()):
            raise ValueError(
                f"{self.setting}: expected whole numbers, got {self.low} to {self.high}"
            )
        return self


class SearchSettings(Strict):
    """How many settings are tried, how many of them blindly, and within which ranges."""

    trials: Annotated[int, Field(ge=2, le=10_000)]
    blind_trials: Count
    ranges: Annotated[list[SearchRange], Field(min_length=1)]

    @model_validator(mode="after")
    def _settings_are_distinct(self) -> SearchSettings:
        named = [each.setting for each in self.ranges]
        twice = sorted({name for name in named if named.count(name) > 1})
        if twice:
            raise ValueError(f"ranges name a setting twice: {', '.join(twice)}")
        return self

    def refuse_impossible(self, model: ModelSettings) -> None:
        """Raise ValueError where a range leaves what `model` may be."""
        for each in self.ranges:
            for end in (each.low, each.high):
                try:
                    changed(model, {each.setting: end})
                except ValidationError as error:
                    told = error.errors()[0]["msg"].replace("Input should be", "must be")
                    raise ValueError(f"search.ranges: {each.setting} {told}, got {end:g}") from None


def changed(model: ModelSettings, values: Mapping[str, float]) -> ModelSettings:
    """Return settings of the trees with some of them changed, refused where they are impossible."""
    own = {name: int(v) if name in _COUNTS else float(v) for name, v in values.items()}
    return ModelSettings.model_validate({**model.model_dump(), **own})
