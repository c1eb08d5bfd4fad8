"""What can still happen to a lead, one step each: one more event, or a property that becomes known.

Steps are tried, never judged here; where a lead came from and what its firm is are no steps.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from leadscore.domain.conditions import EventTest, leaves
from leadscore.domain.mapping import Property
from leadscore.domain.settings import Settings
from leadscore.history.demographics import derive
from leadscore.scoring.grid.several import AnyGrid

MOST_VALUES = 8
"""Values of one property that are tried at most: the most frequent."""
_CLASS_OF = {"job_title": "seniority", "email_domain": "domain_class"}
_NO_CLASS = ("missing", "invalid", "disposable", "other", "unknown")


@dataclass(frozen=True)
class Step:
    """One thing that can happen.

    Attributes
    ----------
    kind
        ``event``: one more event of type `name`. ``property``: property `name` takes a value.
    name, label
        Event type or property, and its words in the mapping.
    value
        What a property takes, or the subject of an event (None: without one).
    told
        The value in words; None where there is none to tell.
    """

    kind: Literal["event", "property"]
    name: str
    label: str
    value: str | float | None = None
    told: str | None = None


def event_steps(
    labels: dict[str, str], grid: AnyGrid, *, without: Collection[str] = ()
) -> list[Step]:
    """Return one more event of every declared type, and of every subject that a rule of the grid asks for.

    Parameters
    ----------
    labels
        Event type -> its words, as the mapping declares them.
    without
        Types that end a lead: they are outcomes, no steps on the way.
    """
    types = {name: label for name, label in labels.items() if name not in without}
    steps = [Step("event", name, label) for name, label in types.items()]
    asked = {
        (name, test.subject)
        for criterion in (*grid.rules, *grid.disqualifiers)
        for test in leaves(criterion.when)
        if isinstance(test, EventTest) and test.subject is not None
        for name in test.event
        if name in types
    }
    return steps + [
        Step("event", name, types[name], subject, subject) for name, subject in sorted(asked)
    ]


def property_steps(
    known: pd.Series, leads: pd.DataFrame, properties: Sequence[Property], settings: Settings
) -> list[Step]:
    """Return the values that a lead's properties can still take.

    Parameters
    ----------
    known
        The lead's properties as seen at the look, by name.
    leads
        All leads with the properties as exported: a value is tried where enough of them have it.
    """
    steps = []
    for prop in properties:
        is_missing = prop.name not in known or _is_missing(known[prop.name])
        may_fill = is_missing and prop.name in settings.explain.knowable
        if prop.excluded or not (may_fill or prop.name in settings.explain.changeable):
            continue
        for value, told in _values(leads[prop.name], prop, settings.features.min_level_rows):
            if is_missing or value != known[prop.name]:
                steps.append(Step("property", prop.name, prop.label, value, told))
    return steps


def _is_missing(value: object) -> bool:
    return bool(pd.isna(value)) or not str(value).strip()  # type: ignore[call-overload]


def _values(column: pd.Series, prop: Property, min_rows: int) -> Iterator[tuple[str | float, str]]:
    """Yield values that leads have, and their words; of a number its quartiles."""
    there = column.dropna()
    if prop.kind == "email" and prop.name not in _CLASS_OF:
        return  # addresses of other people
    if prop.kind == "flag":
        yield from ((value, "yes" if value else "no") for value in sorted(there.unique().tolist()))
    elif prop.is_number:
        if len(there) >= min_rows:
            middle = np.quantile(
                there.to_numpy(dtype=np.float64), [0.25, 0.5, 0.75], method="nearest"
            )
            yield from ((float(value), f"{value:,.6g}") for value in np.unique(middle))
    elif prop.name in _CLASS_OF:
        yield from _one_of_each_class(there, prop.name, min_rows)
    else:
        counts = there.value_counts()
        often = sorted(
            counts[counts >= min_rows].items(), key=lambda pair: (-pair[1], str(pair[0]))
        )
        yield from ((str(v), str(v).replace("_", " ")) for v, _ in often[:MOST_VALUES])


def _one_of_each_class(column: pd.Series, name: str, min_rows: int) -> Iterator[tuple[str, str]]:
    """Yield the most frequent text of each class that a free text derives to.

    Titles are told as they are, mail domains by their class: nobody's address is shown.
    """
    counts = column.astype(object).value_counts()
    if counts.empty:
        return
    texts = pd.DataFrame({name: pd.Series(list(counts.index), dtype="str")})
    table = (
        derive(texts).assign(n=counts.to_numpy()).sort_values(["n", name], ascending=[False, True])
    )
    for label, rows in table.groupby(_CLASS_OF[name], sort=True):
        first = rows.iloc[0]
        enough = first["n"] if name == "job_title" else rows["n"].sum()
        if label not in _NO_CLASS and enough >= min_rows:
            yield str(first[name]), str(first[name] if name == "job_title" else label)
