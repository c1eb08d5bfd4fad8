"""Sectors from free industry texts in French and English, and from NACE and NAF codes.

A code's first two digits (the division of NACE Rev. 2, the same in NAF rev. 2) say the sector; a
text says it by its listed words. What neither holds is `other`, what is not there `missing`.
"""

from __future__ import annotations

import re

import pandas as pd

from leadscore.history.lexicon import Lexicon, fold, over_distinct
from leadscore.history.sectors_words import DIVISIONS, SECTIONS, WEAK_WORDS, WORDS
from leadscore.history.titles_words import NOTHING

SECTORS = (*DIVISIONS, "other", "missing")

_WORDS = Lexicon(WORDS)
_WEAK = Lexicon(WEAK_WORDS)
_NOTHING = Lexicon({"missing": NOTHING})
_SECTOR_OF = {number: name for name, numbers in DIVISIONS.items() for number in numbers}
_CODE = re.compile(r"(?:[a-u][ .-]?)?(?P<class>\d{2}(?:[. ]?\d{1,2}){0,2}|\d{4}) ?[a-z]?")
_SHORT = re.compile(r"\d\.?\d{2} ?[a-z]")
_SECTION = re.compile(r"(?:section )?(?P<letter>[a-u])")


def sector(industries: pd.Series) -> pd.Series:
    """Return the sector of each industry text or code, one of `SECTORS`; same index.

    Examples
    --------
    >>> sector(pd.Series(["Computer software", "Grande distribution", "62.01Z", "?"])).tolist()
    ['software_it', 'retail_wholesale', 'software_it', 'missing']
    """
    return over_distinct(industries, sector_of)


def sector_of(industry: str) -> str:
    """Return the sector of one industry text or code."""
    text = fold(industry).replace("_", " ")
    if not re.search(r"\w", text) or _NOTHING.is_whole(text):
        return "missing"
    spoken = " ".join(re.sub(r"[,/]", " ", text).split())
    return _of_code(text) or _WORDS.first(spoken) or _WEAK.first(spoken) or "other"


def _of_code(text: str) -> str | None:
    """Return the sector of a text that is or starts with a code, None if it is none.

    A lost leading zero (``111Z``, from a spreadsheet) is put back where the letter tells of it.
    """
    code = re.split(r"\s+[-:–]\s+|\s*:\s*", text)[0].strip(" .")  # noqa: RUF001
    code = re.sub(r"^(?:nace|naf|ape)[ :]*", "", code)
    if _SHORT.fullmatch(code):
        return _SECTOR_OF.get(int(code[0]), "other")
    if (found := _CODE.fullmatch(code)) is not None:
        return _SECTOR_OF.get(int(found["class"][:2]), "other")
    section = _SECTION.fullmatch(code)
    return None if section is None else SECTIONS[section["letter"]]
