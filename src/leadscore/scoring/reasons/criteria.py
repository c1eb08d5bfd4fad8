"""Criteria: features a rep takes for one thing, and rules on that thing. One criterion is one reason.

All windows, recencies and decays of one kind of event are one criterion; so are a property and its
bands. What is compared with another kind of event (ratio, co-occurrence) belongs to the first of both.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from leadscore.domain.conditions import Condition, EventTest, PropertyTest, leaves
from leadscore.domain.mapping import Property
from leadscore.history.facts import OWN_ACTIONS, Fact, Label, Language, of_events, of_property
from leadscore.history.sentences import label_in
from leadscore.history.sentences_words import PROTECTED_WORDS
from leadscore.history.showing import shows_of
from leadscore.scoring.encoder import Encoder
from leadscore.scoring.reasons.facts import facts_of

Places = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]
_PROTECTED = "protected rule "


@dataclass(frozen=True)
class Criterion:
    """One thing a rep knows of.

    Attributes
    ----------
    key
        Its name among criteria: ``event demo``, ``property channel``, ``rule R7``.
    label
        How it is called; None where rules alone are about it.
    members
        Places of its features among the encoder's.
    is_told
        Whether it may stand among the reasons; False for protected attributes.
    """

    key: str
    label: Label | None
    members: tuple[int, ...]
    is_told: bool = True

    def called(self, language: Language) -> str:
        """Return its name as a rep reads it; its key where only rules are about it."""
        if not self.is_told:
            return PROTECTED_WORDS[language]
        return self.key if self.label is None else label_in(self.label, language)


@dataclass(frozen=True)
class Criteria:
    """All criteria of a model, those of features first, in their order.

    Attributes
    ----------
    of
        The criteria.
    of_feature
        int[n_features]: place of each feature's criterion in `of`.
    of_rule
        int[n_rules]: the same of each rule of the grid.
    may_lead
        bool[n_features]: whether a feature's value may tell its criterion. A decayed sum weighs well and
        reads badly: beside a plain fact of its criterion it does not.
    """

    of: tuple[Criterion, ...]
    of_feature: Places
    of_rule: Places
    may_lead: Mask

    @property
    def is_told(self) -> Mask:
        """bool[n_criteria]: whether each may stand among the reasons."""
        return np.array([criterion.is_told for criterion in self.of], dtype=np.bool_)


def criteria_of(encoder: Encoder, rules: Sequence[str] = ()) -> Criteria:
    """Group features, and rules by the keys of their criteria (`criterion_of_rule`)."""
    facts = facts_of(encoder)
    keys = tuple(dict.fromkeys([*(fact.criterion for fact in facts), *rules]))
    place = {key: at for at, key in enumerate(keys)}
    of_feature = np.array([place[fact.criterion] for fact in facts], dtype=np.intp)
    return Criteria(
        tuple(_criterion(key, facts) for key in keys), of_feature,
        np.array([place[key] for key in rules], dtype=np.intp), _may_lead(facts),
    )  # fmt: skip


def criterion_of_rule(rule_id: str, condition: Condition) -> str:
    """Return the key of the criterion a rule is about: that of the one thing it tests, else its own.

    A rule on several things, a protected attribute among them, has a key by which it is not told.
    """
    keys = set()
    for leaf in leaves(condition):
        if isinstance(leaf, PropertyTest):
            keys.add(of_property(leaf.property))
        elif isinstance(leaf, EventTest):
            keys |= {of_events(name) for name in leaf.event}
        else:
            keys |= {of_events(name) for name in leaf.events} if leaf.events else {OWN_ACTIONS}
    if len(keys) == 1:
        return keys.pop()
    return f"{_PROTECTED if tests_protected(condition) else 'rule '}{rule_id}"


def tests_protected(condition: Condition) -> bool:
    """Return whether a condition asks for a protected attribute, by the name of the property."""
    return any(
        _is_protected(leaf.property) for leaf in leaves(condition) if isinstance(leaf, PropertyTest)
    )


def _criterion(key: str, facts: Sequence[Fact]) -> Criterion:
    members = tuple(at for at, fact in enumerate(facts) if fact.criterion == key)
    label = facts[members[0]].label if members else None
    kind, _, name = key.partition(" ")
    is_hidden = key.startswith(_PROTECTED) or (kind == "property" and _is_protected(name))
    is_told = not is_hidden and all(facts[at].shows != "nothing" for at in members)
    return Criterion(key, label, members, is_told)


def _is_protected(name: str) -> bool:
    """Return whether a property of this name is protected, whatever its label."""
    return shows_of(Property(name, "category", "at_creation", name)) == "nothing"


def _may_lead(facts: Sequence[Fact]) -> Mask:
    plain = {fact.criterion for fact in facts if fact.is_ != "decayed_sum"}
    told = [fact.is_ != "decayed_sum" or fact.criterion not in plain for fact in facts]
    return np.array(told, dtype=np.bool_)
