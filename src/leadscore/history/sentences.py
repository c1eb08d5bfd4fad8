"""How a fact's sentence is filled in: label, window, the events compared with, and what is typical.

What others wrote (labels, words of properties) is never a template.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

from leadscore.history.facts import Fact, Label, Language
from leadscore.history.quantities import duration
from leadscore.history.sentences_words import COLON, LEVELS, OURS, QUOTED, TYPICAL

_PLACE = re.compile(r"\{(\w+)\}")


def clean(text: str) -> str:
    r"""Return a text of others on one line, without `;`, which stands between reasons.

    Examples
    --------
    >>> clean("  Demo;\nasked  for ")
    'Demo, asked for'
    """
    plain = "".join(" " if unicodedata.category(c)[0] in "CZ" else c for c in text)
    return " ".join(plain.replace(";", ",").split()) or "…"


def label_in(label: Label, language: Language) -> str:
    """Return a label as it is read."""
    ours = OURS.get(label.text, {}) if label.is_ours else {}
    return ours.get(language) or clean(label.text)


def level_in(level: str, language: Language, *, is_ours: bool) -> str:
    """Return a word of a property as it is read; those of derived properties are ours."""
    told = LEVELS.get(level, {}).get(language) if is_ours else None
    return told or clean(level.replace("_", " "))


def quoted(label: Label, language: Language) -> str:
    """Return a label in quotation marks."""
    return filled(QUOTED[language], {"n": label_in(label, language)})


def places(fact: Fact, language: Language) -> dict[str, str]:
    """Return what fills a fact's sentence whatever its value."""
    if fact.days is None or fact.is_ == "decayed_sum":
        span = " so far" if language == "en" else " jusqu’ici"
    else:
        span = (" in " if language == "en" else " en ") + duration(fact.days, language)
    return {
        "span": span,
        "gap": duration(fact.gap_days or 0.0, language),
        "hours": duration((fact.hours or 0.0) / 24, language),
        "other": quoted(fact.other, language) if fact.other is not None else "",
    }


def filled(template: str, values: Mapping[str, str]) -> str:
    """Put values in their places, once: braces in a value are text."""
    return _PLACE.sub(lambda place: values[place.group(1)], template)


def joined(label: str, told: str, typical: str | None, language: Language) -> str:
    """Return a whole phrase: ``Pricing page viewed: 3 times in 7 days (typical: 0)``.

    `typical` is what is typical in short; empty where the value itself is, None where it is not known.
    """
    text = label + COLON[language] + told
    if typical is None:
        return text
    same, other = TYPICAL[language]
    return f"{text} {same if not typical else filled(other, {'n': typical})}"
