"""What a feature says of a lead, apart from any language: enough to word each of its values.

Made where the feature is made, kept beside it, and said by `history.sentences`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Literal

from leadscore.domain.event_features import Primitive

Language = Literal["en", "fr"]
Shows = Literal["value", "label", "nothing"]
FactKind = Primitive | Literal["lead_age", "number", "flag", "category", "derived"]

SAME = {"size_band": "employees", "role": "seniority", "sector": "industry"}
"""Derived properties that tell what another one tells: one criterion."""

OWN_ACTIONS = "event any"
ALL_EVENTS = "event all"
LEAD_AGE = "age of the lead"


@dataclass(frozen=True)
class Label:
    """How something is called: the mapping's words as they are, or words of ours, said in any language."""

    text: str
    is_ours: bool = False


@dataclass(frozen=True)
class Fact:
    """What a feature tells.

    Attributes
    ----------
    is_
        The primitive of an event feature, ``lead_age``, or the kind of a property (``derived``: its
        words are ours).
    label
        How a rep calls the events or the property.
    criterion
        Key of the criterion it belongs to: facts of one criterion are one reason.
    days
        Window of an event feature, or half-life; None: all so far [days].
    gap_days, hours
        Longest pause of a return [days]; farthest apart of co-occurring events [hours].
    other
        The events compared with (ratio, co_occurrence).
    shows
        Whether words may hold the value, the label alone, or nothing of it.
    """

    is_: FactKind
    label: Label
    criterion: str
    days: float | None = None
    gap_days: float | None = None
    hours: float | None = None
    other: Label | None = None
    shows: Shows = "value"

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Fact:
        """Read what `to_dict` wrote."""
        labels = {name: Label(**plain[name]) for name in ("label", "other") if name in plain}
        return cls(**{**plain, **labels})

    def to_dict(self) -> dict[str, Any]:
        """Return plain values; what is None is left out."""
        return {name: value for name, value in asdict(self).items() if value is not None}


def of_events(name: str) -> str:
    """Return the criterion of an event type; ``any`` is what the lead did itself, ``all`` everything."""
    return f"event {name}"


def of_choice(name: str) -> str:
    """Return the criterion of events chosen by the settings under a name of their own."""
    return f"choice {name}"


def of_property(name: str) -> str:
    """Return the criterion of a property.

    Examples
    --------
    >>> of_property("size_band"), of_property("channel")
    ('property employees', 'property channel')
    """
    return f"property {SAME.get(name, name)}"
