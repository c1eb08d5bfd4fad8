"""When two spellings are one word: case, Latin accents and spacing make no other."""

from __future__ import annotations

import unicodedata

_AFTER_LATIN = "\u0250"  # the first letter beyond Latin Extended-B


def folded(text: str) -> str:
    """Return a text with single spaces, without case and Latin accents.

    Examples
    --------
    >>> folded(" Créé  LE")
    'cree le'
    """
    return _without_accents(" ".join(text.casefold().split()))


def _without_accents(word: str) -> str:
    """Take the marks off Latin letters; in other scripts they make other letters."""
    if word.isascii():
        return word
    kept, is_latin = [], False
    for char in unicodedata.normalize("NFD", word):
        if not unicodedata.combining(char):
            is_latin = char < _AFTER_LATIN
        elif is_latin:
            continue
        kept.append(char)
    return unicodedata.normalize("NFC", "".join(kept))
