"""Seniority, function and buying role from free job titles, in French and English.

A documented dictionary on whole words, blind to case and accents. It guesses no language and learns
nothing; what no list holds is `other`, what is not there is `missing`.
"""

from __future__ import annotations

import re

import pandas as pd

from leadscore.history.lexicon import Lexicon, fold, has_words, over_distinct
from leadscore.history.titles_words import FUNCTIONS as _FUNCTION_WORDS
from leadscore.history.titles_words import LEVELS, NOTHING, ROLES, WEAK_FUNCTIONS

__all__ = [
    "DECISION_MAKERS", "FUNCTIONS", "SENIORITIES", "TITLE_ROLES", "fold", "function", "function_of",
    "has_words", "is_decision_maker", "levels_and_functions", "over_distinct", "role_of", "seniority", "seniority_of",
]  # fmt: skip

SENIORITIES = (
    "c_level",
    "director",
    "manager",
    "specialist",
    "assistant",
    "student",
    "other",
    "missing",
)
DECISION_MAKERS = ("c_level", "director")
FUNCTIONS = (
    "sales", "marketing", "it", "finance", "hr", "operations", "product", "legal", "education",
    "general_management", "other", "missing",
)  # fmt: skip
TITLE_ROLES = tuple(ROLES)

_LEVELS = Lexicon(LEVELS)
_FUNCTIONS = Lexicon(_FUNCTION_WORDS)
_WEAK = Lexicon(WEAK_FUNCTIONS)
_NOTHING = Lexicon({"missing": NOTHING})
_ROLE_OF = {level: role for role, levels in ROLES.items() for level in levels}

_ENDINGS = "e|ne|le|re|ere|se|euse|rice|trice|ice|esse|ve|ive"
_INCLUSIVE = re.compile(
    rf"\((?:{_ENDINGS})s?\)|(?<=\w)[·•./](?:{_ENDINGS})(?:[·•./]?s)?(?!\w)|(?<=\w\w)-e(?:-s)?(?![\w-])"
)
_DOTTED = re.compile(r"(?<![\w.])(?:[a-z]\.){1,5}[a-z]?(?!\w)")


def seniority(titles: pd.Series) -> pd.Series:
    """Return the level of each title, one of `SENIORITIES`; same index.

    Examples
    --------
    >>> seniority(pd.Series(["Co-founder & CEO", "Stagiaire marketing", None])).tolist()
    ['c_level', 'student', 'missing']
    """
    return over_distinct(titles, seniority_of)


def function(titles: pd.Series) -> pd.Series:
    """Return the department of each title, one of `FUNCTIONS`; same index.

    Examples
    --------
    >>> function(pd.Series(["Directrice marketing", "CEO", "Sales & marketing manager"])).tolist()
    ['marketing', 'general_management', 'sales']
    """
    return over_distinct(titles, function_of)


def levels_and_functions(titles: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Return `seniority` and `function` of each title, each title read once; same index."""
    both = over_distinct(titles, lambda title: " ".join(_read(title)))
    parts = {words: words.split(" ") for words in both.unique()}
    levels = both.map({words: level for words, (level, _) in parts.items()})
    functions = both.map({words: department for words, (_, department) in parts.items()})
    return levels.astype("str"), functions.astype("str")


def is_decision_maker(titles: pd.Series) -> pd.Series:
    """Tell whether a title is of the first two levels; a missing one is not. Same index."""
    return seniority(titles).isin(DECISION_MAKERS)


def seniority_of(title: str) -> str:
    """Return the level of one title."""
    return _read(title)[0]


def function_of(title: str) -> str:
    """Return the department of one title: the one named first, general management only alone."""
    return _read(title)[1]


def role_of(level: str) -> str:
    """Return the buying role that goes with a level, one of `TITLE_ROLES`."""
    return _ROLE_OF[level]


def _read(title: str) -> tuple[str, str]:
    """Return level and department of one title."""
    text = _plain(title)
    if not text:
        return "missing", "missing"
    level = _LEVELS.highest(text) or "other"
    named = _FUNCTIONS.first(text) or _WEAK.first(text)
    return level, named or ("general_management" if level in DECISION_MAKERS else "other")


def _plain(title: str) -> str:
    """Fold a title, drop inclusive endings (``chargé(e)``) and dots of abbreviations (``P.D.G.``).

    Empty where it says nothing: no letter, or a word for an empty cell.
    """
    text = fold(title).replace("–", "-").replace("—", "-")
    text = _INCLUSIVE.sub("", text)
    text = _DOTTED.sub(lambda found: found.group().replace(".", ""), text)
    if not re.search(r"[^\W\d_]", text) or _NOTHING.is_whole(text):
        return ""
    return text
