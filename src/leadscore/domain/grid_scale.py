"""The scale of a manual grid in types: bands, named levels, caps, floors, limits and cells.

It says which points a lead can have and what they are called; which rules give them stands in `rules`.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from leadscore.domain.conditions import Text
from leadscore.domain.strict import Strict

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Point = Annotated[int, Field(ge=0, le=100)]


class Label(Strict):
    """How people read a rule or a level, in English and French."""

    en: Text
    fr: Text


class Level(Strict):
    """A named stretch of points, from the first to the second whole point, both included."""

    words: Label
    points: Annotated[list[Point], Field(min_length=2, max_length=2)]

    @model_validator(mode="after")
    def _runs_upwards(self) -> Level:
        if self.points[0] > self.points[1]:
            raise ValueError(f"points: {self.points[0]} is above {self.points[1]}")
        return self


class Bands(Strict):
    """Points from which a lead is hot and warm; without a warm band there is hot and cold only.

    `levels` name stretches of points beside them (a ladder of your own); together they cover
    0 to 100 once. Points between two levels, 29.5 say, belong to the lower one.
    """

    hot: Annotated[int, Field(ge=1, le=100)]
    warm: Annotated[int, Field(ge=1, le=99)] | None = None
    levels: Annotated[list[Level], Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _hot_above_warm(self) -> Bands:
        if self.warm is not None and self.hot <= self.warm:
            raise PydanticCustomError(
                "thresholds-reversed",
                "hot ({hot}) must be above warm ({warm})",
                {"hot": self.hot, "warm": self.warm},
            )
        return self

    @field_validator("levels")
    @classmethod
    def _levels_cover_all_points_once(cls, levels: list[Level] | None) -> list[Level] | None:
        if told := _stretches_told(levels) if levels is not None else []:
            raise PydanticCustomError(
                "bad-levels", "levels must cover 0 to 100 once: {told}", {"told": ", ".join(told)}
            )
        return levels


def _stretches_told(levels: list[Level]) -> list[str]:
    """Tell the stretches of 0..100 that lie in no level, or in several."""
    covers = [sum(low <= n <= high for low, high in (v.points for v in levels)) for n in range(101)]
    told = []
    for first in range(101):
        if covers[first] == 1 or (first and covers[first - 1] == covers[first]):
            continue
        last = next((n for n in range(first, 101) if covers[n] != covers[first]), 101) - 1
        where = f"in {covers[first]} levels" if covers[first] else "in no level"
        told.append(f"{first}..{last} is {where}")
    return told


class Caps(Strict):
    """Most points a group can add; null for no cap."""

    fit: Annotated[int, Field(ge=1)] | None = None
    engagement: Annotated[int, Field(ge=1)] | None = None


class Floors(Strict):
    """Fewest points a group can add; null for none. The total is never below 0 in any case."""

    fit: Annotated[int, Field(le=0)] | None = None
    engagement: Annotated[int, Field(le=0)] | None = None


class Limit(Strict):
    """Most points that these rules, all of one group, can give together."""

    rules: Annotated[list[Id], Field(min_length=1)]
    points: Annotated[int, Field(ge=1, le=100)]


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
