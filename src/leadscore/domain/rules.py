"""The manual grid in types: dated rules with points, groups, caps, bands and cells.

It refuses by name what a grid may not say; it evaluates nothing. A rule holds in ``[from, until)``
and is ended, never deleted, so that a past date can be replayed.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, model_validator
from pydantic_core import PydanticCustomError

from leadscore.domain.conditions import AllOf, Condition, Days, EventTest, Text, dateable
from leadscore.domain.settings import Count, Strict

Group = Literal["fit", "engagement"]
Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


def _iso_day(value: Any) -> Any:
    """Read an ISO date; everything else is left to the strict check."""
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        return value


Day = Annotated[date, BeforeValidator(_iso_day)]


class Label(Strict):
    """How people read a rule, in English and French."""

    en: Text
    fr: Text


class EachTime(Strict):
    """Points for every matching event (every `at_least` of them), at most `max` times."""

    max: Count


class Decay(Strict):
    """How points fade with the age of the latest matching event.

    ``linear``: to nothing over `days`; ``half_life``: half is left after `days`; ``step``: nothing
    is left once `days` have passed.
    """

    kind: Literal["none", "linear", "half_life", "step"]
    days: Days | None = None

    @model_validator(mode="after")
    def _days_go_with_kind(self) -> Decay:
        if (self.kind == "none") != (self.days is None):
            raise ValueError("decay needs `days` for linear, half_life and step, and only there")
        return self


class Dated(Strict):
    """What rules and disqualifiers share: identity, words, validity, and who answers for it."""

    id: Id
    words: Label
    when: Condition
    from_: Annotated[Day | None, Field(alias="from")] = None
    until: Day | None = None
    owner: Text
    reason: Text
    reference: Text | None = None

    @model_validator(mode="after")
    def _validity_is_ordered(self) -> Dated:
        if self.from_ is not None and self.until is not None and self.from_ >= self.until:
            raise ValueError(f"from ({self.from_}) must be before until ({self.until})")
        return self

    def in_force(self, day: date) -> bool:
        """Tell whether it holds on this day: ``from <= day < until``."""
        return (self.from_ is None or self.from_ <= day) and (
            self.until is None or day < self.until
        )


class Disqualifier(Dated):
    """Takes the lead out, whatever else it does."""


class Rule(Dated):
    """One criterion: points for a condition."""

    group: Group
    points: Annotated[int, Field(ge=-100, le=100)]
    each_time: EachTime | None = None
    decay: Decay = Decay(kind="none")

    @model_validator(mode="after")
    def _can_be_counted(self) -> Rule:
        if self.points == 0:
            raise ValueError("points must not be 0: end the rule with `until` instead")
        if self.decay.kind != "none" and not any(dateable(self.when)):
            raise ValueError("decay needs an event in `when`, outside `not`")
        if self.each_time is None:
            return self
        if len(self.counted) != 1:
            raise ValueError(
                "each_time needs exactly one event in `when`, alone or directly in `all`"
            )
        event = self.counted[0]
        if self.decay.kind == "half_life" and (event.within_days is not None or event.at_least > 1):
            raise ValueError(
                "each_time with half_life forgets by itself: drop within_days and at_least"
            )
        return self

    @property
    def counted(self) -> list[EventTest]:
        """The event tests whose events `each_time` may count."""
        parts = self.when.all_ if isinstance(self.when, AllOf) else [self.when]
        return [part for part in parts if isinstance(part, EventTest)]

    @property
    def reach(self) -> int:
        """Most points the rule can give; 0 for a negative rule."""
        return max(0, self.points) * (self.each_time.max if self.each_time else 1)


class Bands(Strict):
    """Points from which a lead is hot and warm; without a warm band there is hot and cold only."""

    hot: Annotated[int, Field(ge=1, le=100)]
    warm: Annotated[int, Field(ge=1, le=99)] | None = None

    @model_validator(mode="after")
    def _hot_above_warm(self) -> Bands:
        if self.warm is not None and self.hot <= self.warm:
            raise PydanticCustomError(
                "thresholds-reversed",
                "hot ({hot}) must be above warm ({warm})",
                {"hot": self.hot, "warm": self.warm},
            )
        return self


class Caps(Strict):
    """Most points a group can add; null for no cap. Sums below zero stay as they are."""

    fit: Annotated[int, Field(ge=1)] | None = None
    engagement: Annotated[int, Field(ge=1)] | None = None


class FitBorders(Strict):
    """Group points from which fit is A and B; below is C."""

    a: Annotated[float, Field(alias="A")]
    b: Annotated[float, Field(alias="B")]

    @model_validator(mode="after")
    def _descends(self) -> FitBorders:
        if self.a <= self.b:
            raise ValueError(f"A ({self.a:g}) must be above B ({self.b:g})")
        return self


class EngagementBorders(Strict):
    """Group points from which engagement is 1 and 2; below is 3."""

    one: Annotated[float, Field(alias="1")]
    two: Annotated[float, Field(alias="2")]

    @model_validator(mode="after")
    def _descends(self) -> EngagementBorders:
        if self.one <= self.two:
            raise ValueError(f"1 ({self.one:g}) must be above 2 ({self.two:g})")
        return self


class Cells(Strict):
    """Borders of the fit x engagement cells A1 (best) to C3."""

    fit: FitBorders
    engagement: EngagementBorders


class Grid(Strict):
    """A whole grid. `excerpt` says why hot may be out of reach (an example, not a full grid)."""

    name: Annotated[Id, Field(alias="grid")]
    version: Day
    owner: Text
    description: Text
    excerpt: Text | None = None
    bands: Bands
    caps: Caps = Caps()
    cells: Cells
    disqualifiers: list[Disqualifier] = []
    rules: Annotated[list[Rule], Field(min_length=1)]

    @model_validator(mode="after")
    def _ids_are_unique(self) -> Grid:
        seen: set[str] = set()
        for criterion in (*self.rules, *self.disqualifiers):
            if criterion.id in seen:
                raise PydanticCustomError(
                    "duplicate-id",
                    "two criteria are called '{id}'; end the old one with `until` "
                    "and give the new one its own id",
                    {"id": criterion.id},
                )
            seen.add(criterion.id)
        return self

    @model_validator(mode="after")
    def _hot_is_reachable(self) -> Grid:
        if (self.reach < self.bands.hot) == (self.excerpt is not None):
            return self
        raise PydanticCustomError(
            "unreachable-hot",
            "the rules in force reach {reach} points, hot is {hot}; "
            "`excerpt` is for grids that cannot reach it, and only for them",
            {"reach": self.reach, "hot": self.bands.hot},
        )

    @property
    def reach(self) -> int:
        """Most points a lead can have under the rules in force on the version's day, capped."""
        total = 0
        for group, cap in (("fit", self.caps.fit), ("engagement", self.caps.engagement)):
            mine = (r.reach for r in self.rules if r.group == group and r.in_force(self.version))
            total += min(sum(mine), 10_000 if cap is None else cap)
        return min(total, 100)
