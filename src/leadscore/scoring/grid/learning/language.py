"""Learned bands in the grid's language: the condition of a band, and how people read it.

A condition holds for exactly the looks of the band: what is learned is what will be counted.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from leadscore.domain.conditions import AllOf, Condition, EventTest, NotOf, PropertyTest
from leadscore.domain.rules import Label
from leadscore.scoring.grid.learning.bins import Bands
from leadscore.scoring.grid.learning.criteria import Candidate


def condition_of(candidate: Candidate, bands: Bands, members: Sequence[int]) -> Condition:
    """Return the condition that holds for the looks of some bands.

    Parameters
    ----------
    members
        Neighbouring bands of a number, any bands of words, or the band of missing values alone.
    """
    if candidate.kind in ("count", "recency"):
        return _of_events(candidate, bands, members)
    name = candidate.subject[0]
    if list(members) == [bands.missing]:
        return PropertyTest(property=name, missing=True)
    if bands.levels is not None:
        words = sorted(word for at in members for word in bands.levels[at])
        return PropertyTest.model_validate({"property": name, "in": words})
    low, high = _ends(bands, members)
    if candidate.kind == "flag" and bands.borders is not None and len(bands.borders) == 1:
        return PropertyTest(property=name, equals=low is not None)
    return _of_number(name, low, high, is_whole=bands.is_whole)


def words_of(candidate: Candidate, bands: Bands, members: Sequence[int]) -> Label:
    """Return how people read some bands, in English and French; labels stay as the mapping has them."""
    label = candidate.label
    if list(members) == [bands.missing]:
        if candidate.kind == "recency":
            return Label(en=f"{label}: never", fr=f"{label} : jamais")
        return Label(en=f"{label}: missing", fr=f"{label} : non renseigné")
    if bands.levels is not None:
        words = ", ".join(sorted(word for at in members for word in bands.levels[at]))
        return Label(en=f"{label}: {words}", fr=f"{label} : {words}")
    low, high = _ends(bands, members)
    if candidate.kind == "flag" and bands.borders is not None and len(bands.borders) == 1:
        said = ("yes", "oui") if low is not None else ("no", "non")
        return Label(en=f"{label}: {said[0]}", fr=f"{label} : {said[1]}")
    if candidate.kind == "count":
        return _counted(label, low, high, days=candidate.within_days or 0.0)
    en, fr = _range(low, high, is_whole=bands.is_whole)
    if candidate.kind == "recency":
        return Label(en=f"{label}: last {en} days ago", fr=f"{label} : il y a {fr} jours")
    return Label(en=f"{label}: {en}", fr=f"{label} : {fr}")


def _ends(bands: Bands, members: Sequence[int]) -> tuple[float | None, float | None]:
    """Return where the bands begin and end (not included); None where they do not."""
    borders = np.zeros(0) if bands.borders is None else bands.borders
    first, last = min(members), max(members)
    low = float(borders[first - 1]) if first > 0 else None
    return low, float(borders[last]) if last < len(borders) else None


def _of_number(name: str, low: float | None, high: float | None, *, is_whole: bool) -> Condition:
    if low is None and high is None:
        return PropertyTest(property=name, missing=False)
    if high is None:
        return PropertyTest(property=name, at_least=low)
    if is_whole:
        if low is None:
            return PropertyTest(property=name, at_most=high - 1)
        return PropertyTest(property=name, between=[low, high - 1])
    below = PropertyTest(property=name, below=high)
    if low is None:
        return below
    return AllOf.model_validate({"all": [PropertyTest(property=name, at_least=low), below]})


def _of_events(candidate: Candidate, bands: Bands, members: Sequence[int]) -> Condition:
    """Return the condition on counts or on the days since the latest event."""
    types = list(candidate.subject)
    if candidate.kind == "recency" and list(members) == [bands.missing]:
        return NotOf.model_validate({"not": EventTest(event=types)})
    low, high = _ends(bands, members)
    if candidate.kind == "count":
        days = candidate.within_days
        if low is None:
            least = EventTest(event=types, within_days=days, at_least=_whole(high))
            return NotOf.model_validate({"not": least})
        most = None if high is None else _whole(high) - 1
        return EventTest(event=types, within_days=days, at_least=_whole(low), at_most=most)
    # The latest event is less than `high` days old, and none is younger than `low`.
    inside = EventTest(event=types, within_days=high)
    if low is None:
        return inside
    younger = NotOf.model_validate({"not": EventTest(event=types, within_days=low)})
    return AllOf.model_validate({"all": [inside, younger]})


def _whole(count: float | None) -> int:
    return 1 if count is None else int(np.ceil(count))


def _counted(label: str, low: float | None, high: float | None, *, days: float) -> Label:
    if low is None and high == 1:
        en, fr = "none", "aucun"
    elif low is None and high is not None:
        en, fr = f"fewer than {high:g}", f"moins de {high:g}"
    else:
        en, fr = _range(low, high, is_whole=True)
    s = "" if days == 1 else "s"
    return Label(en=f"{label}: {en} in {days:g} day{s}", fr=f"{label} : {fr} en {days:g} jour{s}")


def _range(low: float | None, high: float | None, *, is_whole: bool) -> tuple[str, str]:
    """Return a stretch of numbers in English and French."""
    if low is None and high is None:
        return "any", "quelconque"
    if high is None:
        return f"{low:,g} or more", f"{low:g} ou plus"
    if low is None:
        return (f"{high - 1:,g} or less", f"{high - 1:g} ou moins") if is_whole else (
            f"below {high:,g}", f"moins de {high:g}"
        )  # fmt: skip
    if is_whole and low == high - 1:
        return f"{low:,g}", f"{low:g}"
    if is_whole:
        return f"{low:,g} to {high - 1:,g}", f"{low:g} à {high - 1:g}"
    return f"{low:,g} to below {high:,g}", f"{low:g} à moins de {high:g}"
