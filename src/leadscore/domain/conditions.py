"""The conditions of a manual grid in types: tests of properties, events and silence, and/or/not.

It says what a condition may say and evaluates nothing; there is no free expression to inject into.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

from pydantic import BeforeValidator, Discriminator, Field, Tag, model_validator

from leadscore.domain.strict import Count, Strict

Text = Annotated[str, Field(min_length=1)]
Days = Annotated[float, Field(gt=0, le=3650)]
TAG = "condition:"

KeyPath = tuple[str | int, ...]
"""The keys (and numbers in lists) that lead to a place of the grid's file."""


def _listed(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


Words = Annotated[list[Text], BeforeValidator(_listed), Field(min_length=1)]


class PropertyTest(Strict):
    """What a property must be: exactly one test. A missing value passes only ``missing: true``.

    Text is compared blind to case and accents. `between` includes both ends, `above` and `below`
    leave theirs out. `matches` takes a text (found anywhere) or a list (any of them found as whole
    words), `starts_with` and `ends_with` a text or a list; no patterns.
    """

    property: Text
    equals: str | float | bool | None = None
    in_: Annotated[list[str | float] | None, Field(alias="in", min_length=1)] = None
    between: Annotated[list[float] | None, Field(min_length=2, max_length=2)] = None
    matches: Text | Annotated[list[Text], Field(min_length=1)] | None = None
    starts_with: Words | None = None
    ends_with: Words | None = None
    missing: bool | None = None
    at_least: float | None = None
    at_most: float | None = None
    above: float | None = None
    below: float | None = None

    @model_validator(mode="after")
    def _one_test(self) -> PropertyTest:
        given = self.model_dump(exclude={"property"}, exclude_none=True)
        if len(given) != 1:
            raise ValueError(
                "needs exactly one of equals, in, between, matches, starts_with, ends_with, missing, "
                f"at_least, at_most, above, below, got {len(given)}"
            )
        if self.between is not None and self.between[0] > self.between[1]:
            raise ValueError(f"between: {self.between[0]:g} is above {self.between[1]:g}")
        return self


class EventTest(Strict):
    """From `at_least` to `at_most` events of these types, whose subject contains `subject`.

    They lie in the last `within_days`, and at least `before_days` back: ages in
    ``[before_days, within_days)``. With `repeated_within_days` only events count that follow the
    lead's previous matching one within that many days; pauses below `apart_minutes` belong to the
    same visit and do not count.
    """

    event: Words
    subject: Text | None = None
    at_least: Count = 1
    at_most: Count | None = None
    within_days: Days | None = None
    before_days: Days | None = None
    repeated_within_days: Days | None = None
    apart_minutes: Annotated[float, Field(ge=0)] = 0.0

    @model_validator(mode="after")
    def _pause_goes_with_repeats(self) -> EventTest:
        if self.apart_minutes and self.repeated_within_days is None:
            raise ValueError("apart_minutes is for repeated_within_days only")
        return self

    @model_validator(mode="after")
    def _ends_are_ordered(self) -> EventTest:
        if self.at_most is not None and self.at_most < self.at_least:
            raise ValueError(f"at_most ({self.at_most}) is below at_least ({self.at_least})")
        near, far = self.before_days, self.within_days
        if near is not None and far is not None and near >= far:
            raise ValueError(f"before_days ({near:g}) must be below within_days ({far:g})")
        return self


class InactiveTest(Strict):
    """No engagement event (or none of `events`) for n days, counted at most from creation."""

    inactive_days: Days
    events: Words | None = None


class AllOf(Strict):
    """Every part holds."""

    all_: Annotated[list[Condition], Field(alias="all", min_length=1)]


class AnyOf(Strict):
    """At least one part holds."""

    any_: Annotated[list[Condition], Field(alias="any", min_length=1)]


class NotOf(Strict):
    """The part does not hold; so it also passes where the value is missing."""

    not_: Annotated[Condition, Field(alias="not")]


CONDITIONS: dict[str, type[Strict]] = {
    "property": PropertyTest,
    "event": EventTest,
    "inactive_days": InactiveTest,
    "all": AllOf,
    "any": AnyOf,
    "not": NotOf,
}


def _kind(raw: Any) -> str | None:
    """Return the tag of the one leading key of a condition; None (an error) for none or several."""
    if isinstance(raw, Strict):
        return next((TAG + key for key, kind in CONDITIONS.items() if type(raw) is kind), None)
    leading = [key for key in CONDITIONS if isinstance(raw, dict) and key in raw]
    return TAG + leading[0] if len(leading) == 1 else None


Condition = Annotated[
    Annotated[PropertyTest, Tag(TAG + "property")]
    | Annotated[EventTest, Tag(TAG + "event")]
    | Annotated[InactiveTest, Tag(TAG + "inactive_days")]
    | Annotated[AllOf, Tag(TAG + "all")]
    | Annotated[AnyOf, Tag(TAG + "any")]
    | Annotated[NotOf, Tag(TAG + "not")],
    Discriminator(
        _kind,
        custom_error_type="bad-condition",
        custom_error_message="a condition is a map with exactly one of the keys "
        + ", ".join(CONDITIONS),
    ),
]


for _recursive in (AllOf, AnyOf, NotOf):
    _recursive.model_rebuild()


def leaves(condition: Condition) -> Iterator[PropertyTest | EventTest | InactiveTest]:
    """Yield the tests of a condition, in writing order."""
    for _, leaf in placed_leaves(condition):
        yield leaf


def placed_leaves(
    condition: Condition, path: KeyPath = ()
) -> Iterator[tuple[KeyPath, PropertyTest | EventTest | InactiveTest]]:
    """Yield the tests of a condition with the keys that lead to each, below `path`."""
    match condition:
        case AllOf(all_=parts):
            for i, part in enumerate(parts):
                yield from placed_leaves(part, (*path, "all", i))
        case AnyOf(any_=parts):
            for i, part in enumerate(parts):
                yield from placed_leaves(part, (*path, "any", i))
        case NotOf(not_=part):
            yield from placed_leaves(part, (*path, "not"))
        case _:
            yield path, condition


def dateable(condition: Condition) -> Iterator[bool]:
    """Yield True for each event test that is not negated and looks at the latest events."""
    if isinstance(condition, EventTest):
        if condition.before_days is None:
            yield True
    elif isinstance(condition, (AllOf, AnyOf)):
        for part in condition.all_ if isinstance(condition, AllOf) else condition.any_:
            yield from dateable(part)
