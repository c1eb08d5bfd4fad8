"""The settings of a run: `params.yaml` in types. Refuses unknown keys and impossible values.

Units and reasons stand beside every key in `params.yaml`; ranges stand here.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from leadscore.domain.drift_settings import DriftSettings
from leadscore.domain.event_features import DaysList, EventFeature
from leadscore.domain.explain_settings import ExplainSettings
from leadscore.domain.issuing_settings import ExplorationSettings, NightGateSettings, ScoreSettings
from leadscore.domain.model_settings import BlendSettings, CalibrationSettings, ModelSettings
from leadscore.domain.search_settings import SearchSettings
from leadscore.domain.strict import Count, Points, Positive, Share, Strict

Horizon = Annotated[int, Field(ge=1, le=1000)]
Seconds = Annotated[int, Field(ge=0, le=86_400)]


class SourceSettings(Strict):
    """Which export is read."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    raw_dir: str


class SnapshotSettings(Strict):
    """When leads are looked at."""

    kind: Literal["calendar", "ages"]
    every_days: Annotated[int, Field(ge=1, le=92)]
    max_age_days: Count
    ages_days: Annotated[list[Positive], Field(min_length=1)]


class LabelSettings(Strict):
    """What counts as a win, and which other horizons are looked at beside it."""

    horizon_days: Horizon
    several: Literal["first", "any"]
    immature: Literal["inferred", "left_out"]
    compared_days: Annotated[list[Horizon], Field(min_length=1)]


class FeatureSettings(Strict):
    """What is counted of a lead's events, and how categories are kept."""

    events: list[EventFeature]
    min_level_rows: Count
    few_level_rows: Count
    max_levels: Annotated[int, Field(ge=2, le=500)]


class BotSettings(Strict):
    """Which opens and clicks no person made; a rule without seconds (null) is off."""

    enabled: bool
    sent: list[str]
    opened: list[str]
    clicked: list[str]
    instant_open_seconds: Seconds | None
    instant_click_seconds: Seconds | None
    unopened_click_seconds: Seconds | None
    burst_links: Annotated[int, Field(ge=2, le=100)]
    burst_seconds: Seconds | None
    honeypots: list[Annotated[str, Field(min_length=1)]]
    honeypot_seconds: Seconds

    @property
    def settle_seconds(self) -> int:
        """Seconds until all that can speak against a click has happened: how far the rules look ahead."""
        return max(self.burst_seconds or 0, self.honeypot_seconds if self.honeypots else 0)

    @model_validator(mode="after")
    def _types_are_distinct(self) -> BotSettings:
        types = [*self.sent, *self.opened, *self.clicked]
        twice = sorted({kind for kind in types if types.count(kind) > 1})
        if twice:
            raise ValueError(f"an event type cannot be two things to the rules: {', '.join(twice)}")
        return self


class DemographicsSettings(Strict):
    """Whose staff are no buyers."""

    competitor_domains: list[Annotated[str, Field(pattern=r"^[^\s@/]+\.[^\s@/.]+$")]]
    competitor_companies: list[Annotated[str, Field(min_length=1)]]


class LeakageSettings(Strict):
    """When a column is suspected of knowing the outcome."""

    max_auc: Annotated[float, Field(gt=0.5, le=1)]
    presence_auc: Annotated[float, Field(gt=0.5, le=1)]
    pure_share: Share
    presence_jump: Share
    min_rows: Count
    min_z: Positive
    late_auc: Annotated[float, Field(gt=0.5, le=1)]
    as_exported_limit: Annotated[float, Field(gt=0, le=1)]
    order_auc: Annotated[float, Field(gt=0.5, le=1)]
    disguise_correlation: Share
    bulk_share: Share
    rewritten_share: Share
    near_close_days: Positive
    near_close_share: Share
    before_creation_share: Share
    duplicate_share: Share
    label_jump: Annotated[float, Field(gt=1)]
    personal_share: Share
    allow: list[str]
    signed: list[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*, .+, \d{4}-\d{2}-\d{2}: .+$")]]


class SplitSettings(Strict):
    """Sizes of the ordered windows; what is left is the fit window."""

    calibrate_share: Share
    test_share: Share

    @model_validator(mode="after")
    def _leaves_a_fit_window(self) -> SplitSettings:
        if self.calibrate_share + self.test_share >= 0.9:
            raise ValueError(
                "calibrate_share + test_share must be below 0.9, or nothing is left to fit on"
            )
        return self


class GateSettings(Strict):
    """What a model must show before it may lead."""

    min_won: Count
    min_gain_probability: Annotated[float, Field(ge=0.5, lt=1)]
    min_gain_share: Annotated[float, Field(ge=0, lt=1)]
    slope_range: Annotated[list[float], Field(min_length=2, max_length=2)]
    usual_base_rate: Annotated[list[Share], Field(min_length=2, max_length=2)]

    @model_validator(mode="after")
    def _ranges_are_ordered(self) -> GateSettings:
        if not self.slope_range[0] < 1 < self.slope_range[1]:
            raise ValueError("slope_range must be [low, high] with low < 1 < high")
        if not self.usual_base_rate[0] < self.usual_base_rate[1]:
            raise ValueError("usual_base_rate must be [low, high] with low < high")
        return self


class ScaleSettings(Strict):
    """The fixed mapping between probability and score."""

    points_to_double: Positive
    anchor_probability: Share | None


class GridLearnSettings(Strict):
    """How a grid is learned from outcomes."""

    max_criteria: Annotated[int, Field(ge=1, le=20)]
    round_to: Annotated[int, Field(ge=1, le=20)]
    won_leads: Annotated[int, Field(ge=20)]
    band_leads: Annotated[int, Field(ge=5)]
    max_bands: Annotated[int, Field(ge=2, le=8)]
    border_gain: Annotated[float, Field(ge=0)]
    max_drift: Share
    folds: Annotated[int, Field(ge=3, le=20)]


class GridSettings(Strict):
    """Which manual grid stands beside the model, and how a better one is proposed."""

    file: str
    others: list[str]
    learn: GridLearnSettings


class AccountSettings(Strict):
    """How the contacts of one company make its points."""

    combine: Literal["saturating", "max"]
    roles: Annotated[list[Literal["decision_maker", "influencer", "user"]], Field(min_length=1)]
    role_points: Annotated[int, Field(ge=0, le=50)]


class Thresholds(Strict):
    """Score points from which a lead is warm and hot."""

    hot: Points
    warm: Points

    @model_validator(mode="after")
    def _hot_above_warm(self) -> Thresholds:
        if self.hot <= self.warm:
            raise ValueError(
                f"thresholds reversed: hot ({self.hot:g}) must be above warm ({self.warm:g})"
            )
        return self


class ThresholdSettings(Strict):
    """How thresholds are proposed."""

    initial: Thresholds
    method: Literal["value", "capacity", "precision"]
    win_value_eur: Positive
    call_cost_eur: Positive
    nurture_cost_eur: Positive
    hot_calls_per_week: Positive
    warm_calls_per_week: Positive
    hot_precision: Share
    warm_precision: Share
    precision_confidence: Annotated[float, Field(ge=0.5, lt=1)]
    min_step_probability: Annotated[float, Field(ge=0.5, lt=1)]
    dead_band_points: Annotated[float, Field(ge=0, le=50)]
    largest_step_points: Annotated[float, Field(ge=1, le=100)]
    half_life_days: Positive

    @model_validator(mode="after")
    def _costs_are_ordered(self) -> ThresholdSettings:
        if not self.nurture_cost_eur < self.call_cost_eur < self.win_value_eur:
            raise ValueError(
                "expected nurture_cost_eur < call_cost_eur < win_value_eur, got "
                f"{self.nurture_cost_eur:g}, {self.call_cost_eur:g}, {self.win_value_eur:g}"
            )
        if self.warm_calls_per_week <= self.hot_calls_per_week:
            raise ValueError("warm_calls_per_week must be above hot_calls_per_week")
        if self.warm_precision >= self.hot_precision:
            raise ValueError("warm_precision must be below hot_precision")
        return self

    def cost(self, tier: Literal["hot", "warm"]) -> float:
        """Return what working one lead of a tier costs, EUR."""
        return self.call_cost_eur if tier == "hot" else self.nurture_cost_eur

    def worth(self, tier: Literal["hot", "warm"]) -> float:
        """Return the chance of winning at which a lead of a tier pays its cost."""
        return self.cost(tier) / self.win_value_eur


class ReviewSettings(Strict):
    """How the look back groups and doubts, and in which language its page is written."""

    language: Literal["en", "fr"]
    min_leads: Count
    bands: Annotated[list[Points], Field(min_length=1)]
    bootstrap: Annotated[int, Field(ge=100, le=100_000)]
    segments: list[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]]
    inactive_days: DaysList
    stuck_days: Count
    sales_events: list[Annotated[str, Field(min_length=1)]]
    worked_days: Count

    @model_validator(mode="after")
    def _bands_ascend(self) -> ReviewSettings:
        if self.bands != sorted(set(self.bands)) or not 0 < self.bands[0] <= self.bands[-1] < 100:
            raise ValueError(f"bands must ascend strictly between 0 and 100, got {self.bands}")
        if self.inactive_days != sorted(set(self.inactive_days)):
            raise ValueError(f"inactive_days must ascend strictly, got {self.inactive_days}")
        return self


class Settings(Strict):
    """All settings of a run."""

    source: SourceSettings
    seed: Annotated[int, Field(ge=0, lt=2**31)]
    threads: Annotated[int, Field(ge=1, le=256)]
    leads_at_once: Annotated[int, Field(ge=1)]
    snapshots: SnapshotSettings
    label: LabelSettings
    features: FeatureSettings
    bots: BotSettings
    demographics: DemographicsSettings
    leakage: LeakageSettings
    split: SplitSettings
    model: ModelSettings
    blend: BlendSettings
    calibration: CalibrationSettings
    gates: GateSettings
    scale: ScaleSettings
    grid: GridSettings
    accounts: AccountSettings
    thresholds: ThresholdSettings
    score: ScoreSettings
    night: NightGateSettings
    exploration: ExplorationSettings
    explain: ExplainSettings
    review: ReviewSettings
    drift: DriftSettings
    search: SearchSettings

    @model_validator(mode="after")
    def _ranges_are_possible(self) -> Settings:
        self.search.refuse_impossible(self.model)
        return self
