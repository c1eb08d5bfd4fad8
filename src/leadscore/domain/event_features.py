"""Features of events as `params.yaml` declares them: which events, which primitive, which windows."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Tag,
    model_validator,
)

Days = Annotated[float, Field(ge=0.001, le=3650)]
Hours = Annotated[float, Field(ge=0.001, le=8_760)]
Minutes = Annotated[float, Field(ge=0.1, le=10_080)]
Name = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]

Primitive = Literal[
    "count", "recency", "first", "decayed_sum", "active_days", "sessions", "longest_gap", "returns",
    "trend", "distinct_subjects", "value_sum", "value_last", "ratio", "co_occurrence",
]  # fmt: skip

NEEDS: dict[Primitive, frozenset[str]] = {
    "count": frozenset(),
    "recency": frozenset(),
    "first": frozenset(),
    "decayed_sum": frozenset({"half_life_days"}),
    "active_days": frozenset(),
    "sessions": frozenset({"apart_minutes"}),
    "longest_gap": frozenset(),
    "returns": frozenset({"gap_days"}),
    "trend": frozenset({"within_days"}),
    "distinct_subjects": frozenset(),
    "value_sum": frozenset(),
    "value_last": frozenset(),
    "ratio": frozenset({"per"}),
    "co_occurrence": frozenset({"beside", "within_hours"}),
}
"""Keys a primitive cannot do without."""

NO_WINDOW: frozenset[Primitive] = frozenset({"recency", "first", "decayed_sum", "value_last"})
MAY_HAVE: dict[Primitive, frozenset[str]] = {"returns": frozenset({"apart_minutes"})}


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, (int, float, str)) else value


DaysList = Annotated[list[Days], BeforeValidator(_listed), Field(min_length=1)]


class _Declared(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class EventChoice(_Declared):
    """Events under a name of their own: of these types (none: any), with `subject` in their subject."""

    name: Annotated[Name, Field(description="stands in the names of columns")]
    label: Annotated[str, Field(min_length=1, description="how a rep reads it")]
    types: Annotated[
        Annotated[list[Name], BeforeValidator(_listed), Field(min_length=1)] | None,
        Field(description="one event type or a list; without it any type"),
    ] = None
    subject: Annotated[
        Annotated[str, Field(min_length=1)] | None,
        Field(description="a part of the subject, in any case; without it any subject or none"),
    ] = None

    @model_validator(mode="after")
    def _chooses(self) -> EventChoice:
        if self.types is None and self.subject is None:
            raise ValueError("needs `types`, `subject` or both; all events are `of: any`")
        return self


def _how_named(raw: Any) -> str:
    return "[choice]" if isinstance(raw, (dict, EventChoice)) else "[name]"


Events = Annotated[
    Annotated[Name, Tag("[name]")] | Annotated[EventChoice, Tag("[choice]")],
    Discriminator(_how_named),
]
"""Events by a name that is known, or chosen on the spot."""


class EventFeature(_Declared):
    """One line of `features.events`: it becomes one column per kind of event and window.

    `of` is ``each`` (every event type by itself), ``engagement`` (what the lead did itself, taken
    together), ``any`` (all events), a type, or an `EventChoice`. Without `within_days` everything so
    far counts. `per` (ratio) and `beside` (co_occurrence) name the other kind of event.
    """

    is_: Annotated[Primitive, Field(alias="is", description="the primitive")]
    of: Annotated[Events, Field(description="which events")]
    within_days: Annotated[
        DaysList | None,
        Field(description="windows before the look, a column each [days]; without it all so far"),
    ] = None
    half_life_days: Annotated[
        DaysList | None, Field(description="half-lives, a column each [days]")
    ] = None
    gap_days: Annotated[Days | None, Field(description="longest pause of a return [days]")] = None
    apart_minutes: Annotated[
        Minutes | None, Field(description="a pause this long ends a visit [minutes]")
    ] = None
    within_hours: Annotated[
        Hours | None, Field(description="farthest apart, before or after [hours]")
    ] = None
    per: Annotated[Events | None, Field(description="the events counted below the line")] = None
    beside: Annotated[Events | None, Field(description="the events to be near to")] = None

    @model_validator(mode="after")
    def _keys_go_with_the_primitive(self) -> EventFeature:
        given = {
            name
            for name in type(self).model_fields
            if name not in ("is_", "of") and getattr(self, name) is not None
        }
        needs = NEEDS[self.is_]
        if lacking := needs - given:
            raise ValueError(f"`is: {self.is_}` needs {', '.join(sorted(lacking))}")
        allowed = needs | MAY_HAVE.get(self.is_, frozenset())
        allowed |= frozenset() if self.is_ in NO_WINDOW else {"within_days"}
        if extra := given - allowed:
            raise ValueError(f"`is: {self.is_}` takes no {', '.join(sorted(extra))}")
        if self.is_ in ("ratio", "co_occurrence") and self.of == "each":
            raise ValueError(f"`is: {self.is_}` needs one kind of event in `of`, not `each`")
        if "each" in (self.per, self.beside):
            raise ValueError(f"`is: {self.is_}` compares with one kind of event, not `each`")
        if self.of == (self.per or self.beside) and self.is_ in ("ratio", "co_occurrence"):
            raise ValueError(f"`is: {self.is_}` compares `of` with itself")
        return self
