"""The fact of every feature, also of features written before there were facts."""

from __future__ import annotations

import re
from dataclasses import replace

from leadscore.domain.mapping import Property
from leadscore.history.facts import LEAD_AGE, Fact, Label, of_events, of_property
from leadscore.history.features import AGE, DERIVED, Feature
from leadscore.history.showing import shows_of, tells_sex
from leadscore.scoring.encoder import Encoder

VALUE = re.compile(r"\{value(?::([^}]*))?\}")
"""The one field of a feature's English template; a label may hold other braces."""


def facts_of(encoder: Encoder) -> tuple[Fact, ...]:
    """Return what each feature tells; of a category whose words are all of sex, nothing may show."""
    return tuple(_of(feature, encoder.levels.get(feature.name, ())) for feature in encoder.features)


def is_as_written(feature: Feature) -> bool:
    """Return whether a feature's English template is all that is known of how it reads."""
    return feature.fact is None and _was(feature) is None


def label_of(words: str) -> str:
    """Return what stands before the value: ``Channel`` of "Channel: {value}"; else the whole without it."""
    field = VALUE.search(words)
    if field is None:
        return words
    before, colon, _ = words[: field.start()].rpartition(": ")
    return before if colon else VALUE.sub("n", words)


def _of(feature: Feature, levels: tuple[str, ...]) -> Fact:
    fact = feature.fact or _was(feature) or _unknown(feature)
    return replace(fact, shows="nothing") if tells_sex(levels) else fact


def _was(feature: Feature) -> Fact | None:
    """Return the fact of a property, an age or a recency that was written without one; else None."""
    label, name = label_of(feature.words), feature.name
    if name == AGE.name:
        return AGE.fact
    if name.startswith("act_"):
        is_recency = name.endswith("_recency_days")
        return Fact("recency", Label(label), of_events(feature.origin)) if is_recency else None
    if feature.kind == "category":
        is_ours = DERIVED.get(feature.origin) == label
        prop = Property(feature.origin, "category", "as_exported", label)
        return Fact(
            "derived" if is_ours else "category", Label(label, is_ours), of_property(feature.origin),
            shows="value" if is_ours else shows_of(prop),
        )  # fmt: skip
    if re.fullmatch(re.escape(label) + r": \{value(?::[^}]*)?\}", feature.words):
        prop = Property(feature.origin, "number", "as_exported", label)
        return Fact("number", Label(label), of_property(feature.origin), shows=shows_of(prop))
    return None


def _unknown(feature: Feature) -> Fact:
    key = of_events if feature.name.startswith("act_") else of_property
    shows = shows_of(Property(feature.origin, "number", "as_exported", label_of(feature.words)))
    is_decayed = "_decayed_" in feature.name
    criterion = LEAD_AGE if feature.name == AGE.name else key(feature.origin)
    return Fact(
        "decayed_sum" if is_decayed else "number", Label(label_of(feature.words)), criterion,
        shows="value" if feature.name.startswith("act_") else shows,
    )  # fmt: skip
