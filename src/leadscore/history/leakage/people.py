"""Columns about people: grounds on which nobody may be ranked, and personal data in free text.

The first stops until somebody signs for it; so does the second, since no model needs a name.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np

from leadscore.domain.mapping import Property
from leadscore.domain.settings import LeakageSettings
from leadscore.history.leakage.ground import Column, Suspicion
from leadscore.history.leakage.signal import told
from leadscore.history.leakage.words import (
    FIRST_NAMES,
    HARMLESS,
    OF_A_THING,
    PERSONAL_NAMES,
    PROTECTED,
    PROTECTED_PAIRS,
    SEX_VALUES,
    plain,
    words_of,
)  # fmt: skip

_EMAIL = re.compile(r"^[^@\s]+@[^@\s]+\.[a-z]{2,}$", re.IGNORECASE)
_PHONE = re.compile(r"^(\+|00|\(0|0)[\d .()/-]{8,20}$|^\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}$")
_MOST_LEVELS = 2_000  # values looked at; of longer columns every k-th
# Kinds that are read for what they derive to, and never become a feature by themselves.
_REDUCED = ("email", "email_domain")


def about_people(column: Column, settings: LeakageSettings) -> list[Suspicion]:
    """Return whether a column holds what no lead may be ranked by, or who a lead is."""
    n = int(column.present.sum())
    name = column.prop.name
    if ground := protected_ground(column.prop):
        word, kind = ground
        said = f"named '{word}' ({kind}), filled in for {told(n, len(column.code))} leads"
        return [Suspicion(name, "protected ground", said, "signed")]
    if n < settings.min_rows:
        return []
    if (
        not column.is_number
        and len(column.levels) <= 6
        and _share(column, _is_sex) >= 0.95
        and len(column.levels) > 1
    ):
        shown = ", ".join(sorted(str(level) for level in column.levels))
        said = f"holds forms of address or sex ({shown}), n = {n:,}"
        return [Suspicion(name, "protected ground", said, "signed")]
    if column.prop.kind in _REDUCED:
        return []
    if what := _personal(column, settings):
        return [Suspicion(name, "personal data", f"{what} of {n:,} values", "signed")]
    return []


def protected_ground(prop: Property) -> tuple[str, str] | None:
    """Return the telling word and the ground a property's name or label stands for, or None."""
    for called in (prop.name, prop.label):
        words = words_of(called)
        together = frozenset(words)
        for kind, phrases in PROTECTED_PAIRS.items():
            for phrase in phrases:
                if together.issuperset(phrase.split()):
                    return phrase, kind
        for kind, known in PROTECTED.items():
            for word in words:
                harmless = frozenset(HARMLESS.get(word, "").split())
                if word in known.split() and not together & harmless:
                    return word, kind
        if "age" in together and not together & OF_A_THING:
            return "age", "age"
    return None


def _personal(column: Column, settings: LeakageSettings) -> str:
    """Return which personal data most values are, with their share."""
    if not column.is_number:
        for words, test in (
            ("e-mail addresses", _is_email), ("phone numbers", _is_phone), ("names of people", _is_name),
        ):  # fmt: skip
            share = _share(column, test)
            if share >= settings.personal_share:
                return f"{words}: {share:.0%}"
    called = [frozenset(words_of(text)) for text in (column.prop.name, column.prop.label)]
    named = [p for p in PERSONAL_NAMES if any(words.issuperset(p.split()) for words in called)]
    distinct = len(column.levels) / max(int(column.present.sum()), 1)
    if named and distinct >= settings.personal_share:
        return f"named '{named[0]}', {distinct:.0%} different ones"
    return ""


def _share(column: Column, test: Callable[[str], bool]) -> float:
    """Return the share of leads whose value passes a test, of the values looked at."""
    step = max(len(column.levels) // _MOST_LEVELS, 1)
    count = np.bincount(column.code[column.present], minlength=len(column.levels))[::step]
    passed = np.array([test(str(level).strip()) for level in column.levels[::step]], dtype=np.bool_)
    return float(count[passed].sum()) / max(float(count.sum()), 1.0)


def _is_sex(value: str) -> bool:
    return plain(value).strip(".") in SEX_VALUES


def _is_email(value: str) -> bool:
    return _EMAIL.match(value) is not None


def _is_phone(value: str) -> bool:
    return _PHONE.match(value) is not None and 9 <= sum(c.isdigit() for c in value) <= 15


def _is_name(value: str) -> bool:
    words = words_of(value.replace("-", " "))
    return 1 <= len(words) <= 4 and value[:1].isupper() and not FIRST_NAMES.isdisjoint(words)
