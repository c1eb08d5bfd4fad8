"""What a condition rests on: the properties and event types it tests, a property and its bands being one."""

from __future__ import annotations

from leadscore.domain.conditions import Condition, EventTest, PropertyTest, leaves

ENGAGEMENT = "engagement"
SAME = {"size_band": "employees", "role": "seniority", "sector": "industry"}
"""Derived properties that tell what another one tells."""


def rests_on(condition: Condition) -> frozenset[str]:
    """Return the properties and event types a condition tests."""
    names: list[str] = []
    for leaf in leaves(condition):
        if isinstance(leaf, PropertyTest):
            names.append(SAME.get(leaf.property, leaf.property))
        elif isinstance(leaf, EventTest):
            names += leaf.event
        else:
            names += leaf.events or [ENGAGEMENT]
    return frozenset(names)
