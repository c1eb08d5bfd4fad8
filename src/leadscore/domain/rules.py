"""The manual grid in types: dated rules with points, groups, caps, bands and cells.

It refuses by name what a grid may not say; it evaluates nothing. A rule holds in ``[from, until)``
and is ended, never deleted, so that a past date can be replayed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from leadscore.domain.conditions import (
    AllOf,
    Condition,
    Days,
    EventTest,
    KeyPath,
    PropertyTest,
    Text,
    dateable,
    leaves,
)
from leadscore.domain.errors import nearest
from leadscore.domain.grid_scale import (
    Bands,
    Caps,
    Cells,
    EngagementBorders,
    FitBorders,
    Floors,
    Id,
    Label,
    Level,
    Limit,
)
from leadscore.domain.strict import Count, Strict

__all__ = [
    "Bands", "Caps", "Cells", "Dated", "Day", "Decay", "Disqualifier", "EachTime", "EngagementBorders",
    "Fault", "FitBorders", "Floors", "Grid", "Group", "Id", "Label", "Level", "Limit", "Rule",
]  # fmt: skip

Group = Literal["fit", "engagement"]


def _iso_day(value: Any) -> Any:
    """Read an ISO date; everything else is left to the strict check."""
    if not isinstance(value, str):
        return value
    try:
        return date.fromisoformat(value)
    except ValueError:
        return value


Day = Annotated[date, BeforeValidator(_iso_day)]


class EachTime(Strict):
    """Points for every matching event (every `at_least` of them), at most `max` times."""

    max: Count


class Decay(Strict):
    """How points fade: with the age of the latest matching event, or with the lead's silence.

    ``linear``: to nothing over `days`; ``half_life``: half is left after `days`; ``step``: nothing
    is left once `days` have passed; ``staircase``: every `days` another `loses` percent of the
    first points are gone. ``inactivity``: nothing is left once the lead showed no engagement for
    `days`; it needs no event in `when`.
    """

    kind: Literal["none", "linear", "half_life", "step", "staircase", "inactivity"]
    days: Days | None = None
    loses: Annotated[float, Field(ge=5, le=100)] | None = None

    @model_validator(mode="after")
    def _keys_go_with_kind(self) -> Decay:
        if (self.kind == "none") != (self.days is None):
            raise ValueError(
                "decay needs `days` for linear, half_life, step, staircase and inactivity, "
                "and only there"
            )
        if (self.kind == "staircase") != (self.loses is not None):
            raise ValueError("decay needs `loses` for staircase, and only there")
        return self

    @property
    def is_by_event(self) -> bool:
        """Whether it goes by the age of the latest matching event."""
        return self.kind not in ("none", "inactivity")


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
        if self.decay.is_by_event and not any(dateable(self.when)):
            raise ValueError(
                "decay needs an event in `when`, outside `not` and without before_days; "
                "or kind: inactivity"
            )
        if self.each_time is None:
            return self
        if len(self.counted) != 1:
            raise ValueError(
                "each_time needs exactly one event in `when`, alone or directly in `all`"
            )
        event = self.counted[0]
        window = (event.within_days, event.before_days)
        if self.decay.kind in ("half_life", "staircase") and (
            window != (None, None) or event.at_least > 1
        ):
            raise ValueError(
                f"each_time with {self.decay.kind} forgets by itself: "
                "drop within_days, before_days and at_least"
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


class Grid(Strict):
    """A whole grid.

    `serves` is a condition on properties: the leads the grid is for (a product, a channel, a
    country); without it everybody. `excerpt` says why hot may be out of reach (an example, not a
    full grid).
    """

    name: Annotated[Id, Field(alias="grid")]
    version: Day
    owner: Text
    description: Text
    excerpt: Text | None = None
    serves: Condition | None = None
    bands: Bands
    caps: Caps = Caps()
    floors: Floors = Floors()
    limits: list[Limit] = []
    cells: Cells
    disqualifiers: list[Disqualifier] = []
    rules: Annotated[list[Rule], Field(min_length=1)]

    @field_validator("serves")
    @classmethod
    def _serves_by_properties(cls, serves: Condition | None) -> Condition | None:
        tests = () if serves is None else leaves(serves)
        if not all(isinstance(test, PropertyTest) for test in tests):
            raise ValueError(
                "serves is about properties only: what a lead does changes from day to day"
            )
        return serves

    @model_validator(mode="after")
    def _parts_fit_together(self) -> Grid:
        faults = [*_id_faults(self), *_limit_faults(self), *_reach_faults(self)]
        if faults:
            raise PydanticCustomError(
                "grid-faults", "{told}", {"told": faults[0].told, "all": faults}
            )
        return self

    @property
    def reach(self) -> int:
        """Most points a lead can have under the rules in force on the version's day, capped."""
        total = 0
        for group, cap in (("fit", self.caps.fit), ("engagement", self.caps.engagement)):
            mine = {
                r.id: r.reach for r in self.rules if r.group == group and r.in_force(self.version)
            }
            for limit in self.limits:
                together = sum(mine.pop(id_, 0) for id_ in limit.rules)
                mine[limit.rules[0]] = min(together, limit.points)
            total += min(sum(mine.values()), 10_000 if cap is None else cap)
        return min(total, 100)


@dataclass(frozen=True)
class Fault:
    """What is wrong between parts of a grid: the code, the keys that lead there, and in words."""

    code: str
    path: KeyPath
    told: str


def _id_faults(grid: Grid) -> Iterator[Fault]:
    seen: set[str] = set()
    for part, criteria in (("rules", grid.rules), ("disqualifiers", grid.disqualifiers)):
        for i, criterion in enumerate(criteria):
            if criterion.id in seen:
                told = f"two criteria are called '{criterion.id}'"
                yield Fault("duplicate-id", (part, i, "id"), told)
            seen.add(criterion.id)


def _limit_faults(grid: Grid) -> Iterator[Fault]:
    group_of = {rule.id: rule.group for rule in grid.rules}
    limited: set[str] = set()
    for i, limit in enumerate(grid.limits):
        path: KeyPath = ("limits", i, "rules")
        for id_ in limit.rules:
            if id_ not in group_of:
                told = f"no rule is called '{id_}'; {nearest(id_, group_of)}"
                yield Fault("unknown-name", path, told)
            if id_ in limited:
                yield Fault("bad-value", path, f"rule '{id_}' is limited twice")
            limited.add(id_)
        if len({group_of[id_] for id_ in limit.rules if id_ in group_of}) > 1:
            yield Fault("bad-value", path, "the rules of a limit must be of one group")


def _reach_faults(grid: Grid) -> Iterator[Fault]:
    if (grid.reach < grid.bands.hot) != (grid.excerpt is not None):
        told = (
            f"the rules in force reach {grid.reach} points, hot is {grid.bands.hot}; "
            "`excerpt` is for grids that cannot reach it, and only for them"
        )
        path: KeyPath = ("bands", "hot") if grid.excerpt is None else ("excerpt",)
        yield Fault("unreachable-hot", path, told)
