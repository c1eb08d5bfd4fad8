"""Phrases: a fact and a shown value in the words of a language, with what is typical."""

from __future__ import annotations

from collections.abc import Sequence

from leadscore.history.facts import Fact, Language
from leadscore.history.sentences import filled, joined, label_in, level_in, places
from leadscore.history.sentences_words import NOT_KNOWN, PROTECTED_WORDS, RARE, SENTENCES
from leadscore.history.showing import is_personal
from leadscore.scoring.reasons.display import MISSING, written

_MISSING_LEVEL = "missing"  # what derived properties say where their source says nothing


class Teller:
    """How the values of one fact are told.

    Parameters
    ----------
    fact, language
        What is told, and in which words.
    typical
        Typical value as it is shown (`display.shown`); None where it is not known.
    levels
        Words of a category by their codes; a code beyond them is a rare word.
    """

    def __init__(
        self, fact: Fact, language: Language, *, typical: float | None = None, levels: Sequence[str] = ()
    ) -> None:  # fmt: skip
        """Word once what does not change with the value."""
        self.fact, self.language, self.levels = fact, language, tuple(levels)
        self._sentence = SENTENCES[language][fact.is_]
        self._around = places(fact, language)
        self._label = label_in(fact.label, language)
        self._is_word = fact.is_ in ("category", "derived")
        self._typical = typical
        self._typical_told = None if typical is None else self._in_short(typical)

    def phrase(self, value: float) -> str:
        """Return what a shown value says: ``Pricing page viewed: 3 times in 7 days (typical: 0)``."""
        if self.fact.shows == "nothing":
            return PROTECTED_WORDS[self.language]
        if value == MISSING or not self._is_label_alone(value):
            is_typical = value == self._typical and self.fact.shows == "value"
            return joined(
                self._label, self._told(value), "" if is_typical else self._typical_told, self.language
            )  # fmt: skip
        return self._label

    def _is_label_alone(self, value: float) -> bool:
        """Return whether a value that is there may not be shown."""
        if self.fact.shows == "label":
            return True
        level = self._level(value) if self.fact.is_ == "category" else None
        return level is not None and is_personal(level)

    def _told(self, value: float) -> str:
        if self._is_word:
            return self._word(value)
        if value == MISSING:
            return filled(self._sentence.missing, self._around)
        number = written(self.fact, value, self.language)
        return filled(self._sentence.said.of(value), {**self._around, "n": number})

    def _word(self, value: float) -> str:
        level, is_ours = self._level(value), self.fact.is_ == "derived"
        if value == MISSING or (is_ours and level == _MISSING_LEVEL):
            return NOT_KNOWN[self.language]
        if level is None:
            return RARE[self.language]
        return level_in(level, self.language, is_ours=is_ours)

    def _level(self, value: float) -> str | None:
        return self.levels[int(value)] if 0 <= value < len(self.levels) else None

    def _in_short(self, typical: float) -> str | None:
        """Return what is typical; None where it says nothing, or may not be shown."""
        if self.fact.shows != "value":
            return None
        if typical == MISSING:
            return self._sentence.typical_missing
        if self._is_word:
            return None if self._is_label_alone(typical) else self._word(typical)
        number = written(self.fact, typical, self.language)
        return filled(self._sentence.typical.of(typical), {"n": number})
