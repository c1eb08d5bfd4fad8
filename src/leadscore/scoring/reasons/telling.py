"""One phrase: a fact and a shown value in the words of a language, with what is typical."""

from __future__ import annotations

from collections.abc import Sequence

from leadscore.history.facts import Fact, Language
from leadscore.history.sentences import filled, joined, label_in, level_in, places
from leadscore.history.sentences_words import NOT_KNOWN, PROTECTED_WORDS, RARE, SENTENCES
from leadscore.history.showing import is_personal
from leadscore.scoring.reasons.display import MISSING, written

_MISSING_LEVEL = "missing"  # what derived properties say where their source says nothing


def phrase(
    fact: Fact,
    value: float,
    language: Language,
    *,
    typical: float | None = None,
    levels: Sequence[str] = (),
) -> str:
    """Return what a shown value of a fact says: ``Pricing page viewed: 3 times in 7 days (typical: 0)``.

    Parameters
    ----------
    value, typical
        Shown values (`display.shown`); `typical` is None where it is not known.
    levels
        Words of a category by their codes; a code beyond them is a rare word.
    """
    if fact.shows == "nothing":
        return PROTECTED_WORDS[language]
    label = label_in(fact.label, language)
    if fact.is_ in ("category", "derived"):
        return _of_word(fact, label, value, language, typical=typical, levels=levels)
    if fact.shows == "label" and fact.is_ != "flag":
        return joined(label, NOT_KNOWN[language], None, language) if value == MISSING else label
    sentence, around = SENTENCES[language][fact.is_], places(fact, language)
    if value == MISSING:
        told = filled(sentence.missing, around)
    else:
        told = filled(sentence.said.of(value), {**around, "n": written(fact, value, language)})
    return joined(label, told, _typical(fact, value, typical, language), language)


def _of_word(
    fact: Fact, label: str, value: float, language: Language, *,
    typical: float | None, levels: Sequence[str],
) -> str:  # fmt: skip
    told = _word(fact, value, language, levels)
    if told is None:
        return label  # there, and not shown
    if fact.shows == "label":
        return joined(label, told, None, language)
    usual = None if typical is None else _word(fact, typical, language, levels)
    return joined(label, told, "" if usual == told else usual, language)


def _word(fact: Fact, value: float, language: Language, levels: Sequence[str]) -> str | None:
    """Return a category's value in words; None where it may not be shown."""
    level = levels[int(value)] if 0 <= value < len(levels) else None
    is_ours = fact.is_ == "derived"
    if value == MISSING or (is_ours and level == _MISSING_LEVEL):
        return NOT_KNOWN[language]
    if fact.shows == "label":
        return None
    if level is None:
        return RARE[language]
    if not is_ours and is_personal(level):
        return None
    return level_in(level, language, is_ours=is_ours)


def _typical(fact: Fact, value: float, typical: float | None, language: Language) -> str | None:
    if typical is None:
        return None
    if typical == value:
        return ""
    sentence = SENTENCES[language][fact.is_]
    if typical == MISSING:
        return sentence.typical_missing
    return filled(sentence.typical.of(typical), {"n": written(fact, typical, language)})
