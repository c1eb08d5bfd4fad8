"""What the words of a reason may show of a property: its value, its label alone, or nothing.

Nobody is told a lead's protected attributes, and no words hold what names or reaches a person.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from leadscore.domain.mapping import Property
from leadscore.history.facts import Shows
from leadscore.history.leakage.people import protected_ground
from leadscore.history.leakage.words import (
    FIRST_NAMES,
    PERSONAL_NAMES,
    SEX_VALUES,
    plain,
    words_of,
)

_PRIVATE_KINDS = frozenset({"email", "email_domain", "job_title"})
_PEOPLE = frozenset(
    {"owner", "agent", "manager", "rep", "salesperson", "assignee", "vendeur", "proprietaire"}
)
# A kind of phone or a verified e-mail is nobody's number or address.
_HARMLESS = frozenset(
    {"kind", "type", "class", "status", "consent", "opt", "verified", "valid", "channel", "source"}
)
_LONGEST = 60  # characters of a word a rep reads; longer is free text, which may hold anything
_PERSONAL = re.compile(
    r"""
      [^@\s]+@[^@\s]+\.\w\w                  # an e-mail address
    | \b[A-Z]{2}\d{2}(?:\ ?[A-Z0-9]{4}){3}   # an IBAN
    | \b\d{1,3}(?:\.\d{1,3}){3}\b            # an IP address
    """,
    re.VERBOSE,
)
_TITLE = re.compile(r"^(?:M|Mr|Mrs|Ms|Miss|Mme|Mlle|Dr|Prof|Monsieur|Madame)\.?\s+\w")
_NUMBERS = re.compile(r"\d(?:[\s./()-]*\d){8,}")  # nine digits in a row, however set apart


def shows_of(prop: Property) -> Shows:
    """Return what may be shown of a property, by what the mapping says of it and by its name and label."""
    if protected_ground(prop) is not None:
        return "nothing"
    if prop.is_private or prop.kind in _PRIVATE_KINDS:
        return "label"
    if prop.kind != "flag" and any(_of_people(called) for called in (prop.name, prop.label)):
        return "label"
    return "value"


def tells_sex(levels: Sequence[str]) -> bool:
    """Return whether all words of a category are forms of address or sex."""
    return len(levels) > 1 and all(plain(w).strip(" .") in SEX_VALUES for w in levels)


def is_personal(word: str) -> bool:
    """Return whether a word of a category seems to be a person's: an address, a number, a name, free text.

    Examples
    --------
    >>> [is_personal(w) for w in ("paid search", "a@b.example", "06 12 34 56 78", "Alice Wonder")]
    [False, True, True, True]
    """
    text = word.strip()
    if len(text) > _LONGEST or _PERSONAL.search(text) or _TITLE.match(text):
        return True
    return _NUMBERS.search(text) is not None or _is_name(text)


def _of_people(called: str) -> bool:
    words = frozenset(words_of(called))
    named = bool(words & _PEOPLE) or any(words.issuperset(p.split()) for p in PERSONAL_NAMES)
    return named and not words & _HARMLESS


def _is_name(text: str) -> bool:
    words = words_of(text.replace("-", " "))
    return 1 <= len(words) <= 4 and text[:1].isupper() and not FIRST_NAMES.isdisjoint(words)
