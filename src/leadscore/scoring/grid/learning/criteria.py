"""What a learned grid may be made of: the grid's own rules, the source's properties, counts of events.

Every candidate can be said in the grid's language; what cannot (faded sums, sessions) is no candidate.
It learns nothing.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.domain.mapping import Property
from leadscore.domain.rules import Grid, Group, Rule
from leadscore.history.features import Feature
from leadscore.scoring.grid.learning.fading import Refaded
from leadscore.scoring.grid.resting import ENGAGEMENT, SAME, rests_on

Float = npt.NDArray[np.float64]
Kind = Literal["rule", "number", "flag", "words", "count", "recency"]

RECENT_DAYS = (0.25, 0.5, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 14.0, 21.0, 30.0, 45.0, 60.0, 90.0, 180.0)
"""Where the time since the last event may be cut: as people count days."""
_WINDOW = re.compile(r"^act_(?P<kind>.+)_count_(?P<days>[0-9.]+)d$")
_RECENCY = re.compile(r"^act_(?P<kind>.+)_recency_days$")


@dataclass(frozen=True)
class Candidate:
    """One possible criterion.

    Attributes
    ----------
    name
        Id of the rule, or name of the feature.
    kind
        What it tests; ``rule`` is one of the grid's own.
    label
        How people read what it tests.
    group
        fit or engagement.
    rests_on
        Properties and event types it tests; two criteria never rest on the same.
    subject
        The property, or the event types.
    within_days
        Window of a count, else None.
    rule
        The grid's own rule, else None; with a learned half-life where `refaded` says so.
    refaded
        What the learned half-life would change, in words; None for a rule as it is.
    """

    name: str
    kind: Kind
    label: str
    group: Group
    rests_on: frozenset[str]
    subject: tuple[str, ...] = ()
    within_days: float | None = None
    rule: Rule | None = None
    refaded: str | None = None

    @property
    def borders(self) -> Float | None:
        """Where its numbers may be cut; None: where they cut best."""
        return np.array(RECENT_DAYS) if self.kind == "recency" else None


def own_rules(grid: Grid, day: date) -> list[Candidate]:
    """Return the rules in force on a day as candidates."""
    return [
        Candidate(rule.id, "rule", rule.words.en, rule.group, rests_on(rule.when), (), None, rule)
        for rule in grid.rules
        if rule.in_force(day)
    ]


def refaded_rules(found: Sequence[Refaded]) -> list[Candidate]:
    """Return rules with learned half-lives as candidates; they rest on what the rules themselves do."""
    return [
        Candidate(
            f"{one.rule.id}, faded anew", "rule", one.rule.words.en, one.rule.group,
            rests_on(one.rule.when), (), None, one.rule, one.told,
        )
        for one in found
    ]  # fmt: skip


def new_criteria(
    grid: Grid,
    features: Sequence[Feature],
    properties: Sequence[Property],
    *,
    event_labels: Mapping[str, str],
    engagement_types: Sequence[str],
) -> list[Candidate]:
    """Return what the features of the source say that a grid can say too.

    A property that the grid's rules already use keeps their group; other properties are fit, events
    engagement.
    """
    groups = {name: rule.group for rule in grid.rules for name in rests_on(rule.when)}
    kinds = {p.name: p.kind for p in properties}
    found = []
    for feature in features:
        if feature.name.startswith("act_"):
            found += _of_events(feature, event_labels, engagement_types)
            continue
        name = "age_days" if feature.origin == "age" else feature.origin
        kind: Kind = "words" if feature.kind == "category" else "number"
        if kinds.get(name) == "flag":
            kind = "flag"
        label = "Age of the lead in days" if name == "age_days" else feature.words.split(":")[0]
        base = SAME.get(name, name)
        found.append(
            Candidate(
                feature.name, kind, label, groups.get(base, "fit"), frozenset({base}), (name,)
            )
        )
    return found


def _of_events(
    feature: Feature, labels: Mapping[str, str], engagement: Sequence[str]
) -> list[Candidate]:
    window, recency = _WINDOW.match(feature.name), _RECENCY.match(feature.name)
    found = window or recency
    if found is None:
        return []
    kind = found["kind"]
    if kind in labels:
        types: tuple[str, ...] = (kind,)
        label, base = labels[kind], frozenset({kind})
    elif feature.origin == ENGAGEMENT and engagement:
        types = tuple(sorted(engagement))
        label, base = "Any engagement", frozenset({ENGAGEMENT})
    else:
        return []
    what: Kind = "count" if window else "recency"
    days = float(window["days"]) if window else None
    return [Candidate(feature.name, what, label, "engagement", base, types, days)]


def column_of(candidate: Candidate, looks: pd.DataFrame, shares: Mapping[str, Float]) -> pd.Series:
    """Return a candidate's values, one a look; of a rule the share of its points it gave."""
    if candidate.kind == "rule":
        return pd.Series(shares[candidate.name])
    return looks[candidate.name].reset_index(drop=True)
