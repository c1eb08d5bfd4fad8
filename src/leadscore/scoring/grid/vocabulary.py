"""Whether a source knows the names a grid uses: properties, event types, and words of closed lists.

A shipped grid may be used on a source that lacks some of them: then `evaluate` gives such rules 0
points and says so. Where a grid is written for a source, a name it lacks is a slip of the pen, and
is told here with the nearest name. Nothing is guessed or replaced.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import pandas as pd

from leadscore.domain.conditions import (
    Condition,
    EventTest,
    InactiveTest,
    KeyPath,
    PropertyTest,
    placed_leaves,
)
from leadscore.domain.errors import nearest
from leadscore.domain.mapping import LEFT_OUT, SourceMapping
from leadscore.domain.rules import Grid
from leadscore.history.demographics import BUYING_ROLES, DOMAIN_CLASSES, SIZE_BANDS, derive
from leadscore.history.lexicon import fold
from leadscore.history.sectors import SECTORS
from leadscore.history.titles import FUNCTIONS, SENIORITIES

_DERIVED_WORDS: dict[str, tuple[str, ...]] = {
    "seniority": SENIORITIES,
    "function": FUNCTIONS,
    "role": BUYING_ROLES,
    "domain_class": DOMAIN_CLASSES,
    "size_band": SIZE_BANDS,
    "sector": SECTORS,
}


@dataclass(frozen=True)
class Vocabulary:
    """What a source can tell: names of properties, event types (none: no events), closed lists of words."""

    properties: tuple[str, ...]
    types: tuple[str, ...]
    words: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class UnknownName:
    """A name the source does not know: the keys that lead to it in the grid, and what to read."""

    path: KeyPath
    name: str
    told: str


def vocabulary_of(mapping: SourceMapping) -> Vocabulary:
    """Return the names that a source's mapping declares, with those the package derives from them.

    Properties excluded as leaks are no names: they are not known at the look.
    """
    columns = {n: c for n, c in mapping.property_columns().items() if c.excluded is None}
    raw = pd.DataFrame({name: pd.Series([], dtype="str") for name in columns})
    derived = [str(name) for name in derive(raw).columns if name not in columns]
    dated = () if mapping.shape == "wide" else ("age_days",)
    types = sorted({event.type for event in mapping.events.values()} - {LEFT_OUT})
    words = {name: _DERIVED_WORDS[name] for name in derived if name in _DERIVED_WORDS}
    return Vocabulary((*columns, *derived, *dated), tuple(types), words)


def unknown_names(grid: Grid, vocabulary: Vocabulary) -> list[UnknownName]:
    """Return every name of the grid that the source does not know, in writing order, with the nearest.

    A property, an event type (each of a list), a word compared with a property whose words are a
    closed list, and events as such where the source has none.
    """
    found: list[UnknownName] = []
    for path, condition in _conditions(grid):
        for place, leaf in placed_leaves(condition, path):
            if isinstance(leaf, PropertyTest):
                found += _of_property(leaf, place, vocabulary)
            else:
                found += _of_events(leaf, place, vocabulary)
    return found


def _conditions(grid: Grid) -> Iterator[tuple[KeyPath, Condition]]:
    if grid.serves is not None:
        yield ("serves",), grid.serves
    for i, stop in enumerate(grid.disqualifiers):
        yield ("disqualifiers", i, "when"), stop.when
    for i, rule in enumerate(grid.rules):
        yield ("rules", i, "when"), rule.when


def _of_property(test: PropertyTest, path: KeyPath, known: Vocabulary) -> Iterator[UnknownName]:
    name = test.property
    if name not in known.properties:
        hint = nearest(name, known.properties)
        told = f"the source has no property '{name}'; {hint}"
        yield UnknownName((*path, "property"), name, told)
        return
    words = known.words.get(name)
    if words is None:
        return
    for key, values in (("equals", [test.equals]), ("in", test.in_ or [])):
        for word in values:
            if isinstance(word, str) and fold(word) not in map(fold, words):
                told = f"'{word}' is no word of {name}; {nearest(word, words)}"
                yield UnknownName((*path, key), word, told)


def _of_events(
    test: EventTest | InactiveTest, path: KeyPath, known: Vocabulary
) -> Iterator[UnknownName]:
    key, types = ("event", test.event) if isinstance(test, EventTest) else ("events", test.events)
    if not known.types:
        yield UnknownName(path, "events", "the source has no events")
        return
    for kind in types or ():
        if kind not in known.types:
            told = f"the source has no event type '{kind}'; {nearest(kind, known.types)}"
            yield UnknownName((*path, key), kind, told)
