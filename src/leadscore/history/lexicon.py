"""Documented word lists and how they are found in a text: whole words, the longer phrase first.

A list names each meaning with its words. Nothing is weighed, learned or guessed: a text says what
its listed words say, and the same text always says the same.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd

NEUTRAL = ""
"""The meaning of phrases that are listed only because their parts would mislead."""

_WORD = re.compile(r"\w+")
_KEY = 2  # words are filed under this many first signs
_SPECIAL = {" ": "[ -]", "-": "[ -]?", "*": r"\w*", "(": "(?:", ")": ")?"}


def fold(text: str) -> str:
    """Return a text without case, accents and superfluous spaces.

    Examples
    --------
    >>> fold("  Directrice  GÉNÉRALE ")
    'directrice generale'
    """
    plain = text.replace("’", "'").casefold()
    if not plain.isascii():
        apart = unicodedata.normalize("NFKD", plain)
        plain = "".join(c for c in apart if not unicodedata.combining(c))
    return " ".join(plain.split())


def over_distinct(texts: pd.Series, read: Callable[[str], str]) -> pd.Series:
    """Apply `read` once per distinct value; missing values are read as the empty text."""
    codes, distinct = pd.factorize(texts.astype(object))
    words = np.array([*(read(str(value)) for value in distinct), read("")], dtype=object)
    return pd.Series(words[codes], index=texts.index, name=texts.name, dtype="str")


def has_words(words: Sequence[str]) -> Callable[[str], bool]:
    """Return a test: does a folded text contain one of these words (or phrases), as whole words.

    Examples
    --------
    >>> has_words(["CEO", "intern"])("international sales"), has_words(["CEO"])("founder & ceo")
    (False, True)
    """
    found = re.compile(_whole("|".join(re.escape(fold(word)) for word in words))).search
    return lambda text: found(text) is not None


class Lexicon:
    """Meanings and their words, in the order of their rank.

    Parameters
    ----------
    entries
        Meaning to its words, parted by commas. In a word ``(x)`` may be absent, ``*`` is any
        ending or any one word, a space also stands for a hyphen, a hyphen also for a space or
        nothing, ``^`` is the beginning of the text and ``...`` all the rest. Case and accents do
        not count. At one place of a text the longest listed phrase is taken, and its words are
        not read again. The meaning `NEUTRAL` holds phrases that say nothing.

    Raises
    ------
    ValueError
        A word stands under two meanings.
    """

    def __init__(self, entries: Mapping[str, str]) -> None:
        self.entries = {
            meaning: tuple(word for part in words.split(",") if (word := " ".join(part.split())))
            for meaning, words in entries.items()
        }
        meaning_of = [(word, meaning) for meaning, ws in self.entries.items() for word in ws]
        if len({fold(word) for word, _ in meaning_of}) < len(meaning_of):
            folded = [fold(word) for word, _ in meaning_of]
            twice = sorted({word for word in folded if folded.count(word) > 1})
            raise ValueError(f"lexicon: listed twice: {', '.join(twice)}")
        self._rank = {meaning: rank for rank, meaning in enumerate(self.entries)}
        self._starts = _by_start(meaning_of)

    def named(self, text: str) -> list[str]:
        """Return the meanings a folded text names, in the order of the text."""
        return [meaning for meaning, _ in self._found(text) if meaning != NEUTRAL]

    def first(self, text: str) -> str | None:
        """Return the meaning a folded text names first, or None."""
        return next(iter(self.named(text)), None)

    def is_whole(self, text: str) -> bool:
        """Tell whether one listed phrase is all a folded text says."""
        return any(phrase == text.strip(" .-") for _, phrase in self._found(text))

    def highest(self, text: str) -> str | None:
        """Return the meaning of highest rank among those a folded text names, or None."""
        return min(self.named(text), key=self._rank.__getitem__, default=None)

    def _found(self, text: str) -> Iterator[tuple[str, str]]:
        """Yield (meaning, phrase) from left to right; a found phrase is not read again."""
        end = 0
        for start in _WORD.finditer(text):
            at = start.start()
            tried = self._starts.get(text[at : at + _KEY]) or self._starts.get(text[at])
            if at < end or tried is None:
                continue
            pattern, meanings = tried
            if (match := pattern.match(text, at)) is not None:
                end = match.end()
                yield meanings[(match.lastindex or 1) - 1], match.group()


def _by_start(
    meaning_of: Sequence[tuple[str, str]],
) -> dict[str, tuple[re.Pattern[str], list[str]]]:
    """Return one pattern for each way a listed word can start: few alternatives are tried a place.

    A word whose second sign is no plain one is tried wherever its first sign stands.
    """
    longest_first = sorted(meaning_of, key=lambda pair: -len(pair[0]))
    starts = [fold(word).removeprefix("^") for word, _ in longest_first]
    plain = [text[:_KEY] if text[:_KEY].isalnum() else text[0] for text in starts]
    tables = {}
    for key in {*plain, *(text[0] for text in plain)}:
        tried = [i for i, own in enumerate(plain) if own in (key, key[0])]
        alternatives = "|".join(f"({_pattern(longest_first[i][0])})" for i in tried)
        if alternatives:
            found = re.compile(rf"(?:{alternatives})(?!\w)")
            tables[key] = found, [longest_first[i][1] for i in tried]
    return tables


def _pattern(word: str) -> str:
    text = fold(word)
    start, text = ("\\A", text[1:]) if text.startswith("^") else ("", text)
    text, rest = (text.removesuffix("..."), ".*") if text.endswith("...") else (text, "")
    return start + "".join(_SPECIAL.get(char, re.escape(char)) for char in text) + rest


def _whole(alternatives: str) -> str:
    return rf"(?<!\w)(?:{alternatives})(?!\w)"
