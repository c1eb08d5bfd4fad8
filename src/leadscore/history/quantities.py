"""Numbers and stretches of time as a rep of one language writes them."""

from __future__ import annotations

from functools import lru_cache

from babel import Locale
from babel.numbers import NumberPattern, parse_pattern

from leadscore.history.facts import Language

NO_BREAK = "\N{NO-BREAK SPACE}"
_PERCENT: dict[Language, str] = {"en": "%", "fr": f"{NO_BREAK}%"}
_UNITS: dict[str, dict[Language, tuple[str, str]]] = {
    "day": {"en": ("day", "days"), "fr": ("jour", "jours")},
    "hour": {"en": ("hour", "hours"), "fr": ("heure", "heures")},
    "minute": {"en": ("minute", "minutes"), "fr": ("minute", "minutes")},
}
_PLAIN: NumberPattern = parse_pattern("0.######")
_GROUPED: NumberPattern = parse_pattern("#,##0.######")
_LOCALES: dict[Language, Locale] = {"en": Locale("en"), "fr": Locale("fr")}
LARGEST = 1e15
"""Beyond, a number is told as more than this."""


@lru_cache(maxsize=65_536)  # the numbers of many leads are few
def number_text(value: float, language: Language) -> str:
    """Return a number as it is written, at most six decimals; thousands apart from five digits on.

    Four digits stay together: they may be a year.

    Examples
    --------
    >>> number_text(12500.5, "en"), number_text(1998, "en"), number_text(-0.25, "fr")
    ('12,500.5', '1998', '-0,25')
    """
    if abs(value) > LARGEST:
        more, less = ("over ", "below ") if language == "en" else ("plus de ", "moins de ")
        return (more if value > 0 else less) + number_text(
            LARGEST if value > 0 else -LARGEST, language
        )
    pattern = _GROUPED if abs(value) >= 9_999.9999995 else _PLAIN
    text: str = pattern.apply(value, _LOCALES[language])
    return "0" if text == "-0" else text


def percent_text(value: float, language: Language) -> str:
    """Return a number of hundredths with its sign of percent: ``50%``."""
    return number_text(value, language) + _PERCENT[language]


def duration(days: float, language: Language) -> str:
    """Return a stretch of time in its largest whole unit.

    Examples
    --------
    >>> duration(7, "en"), duration(0.25, "fr"), duration(1 / 48, "en"), duration(1, "fr")
    ('7 days', '6 heures', '30 minutes', '1 jour')
    """
    for unit, a_day in (("day", 1), ("hour", 24), ("minute", 1440)):
        n = round(days * a_day, 6)
        if n >= 1 and n == int(n):
            return _quantity(n, unit, language)
    return _quantity(round(days * 1440, 1), "minute", language)


def _quantity(n: float, unit: str, language: Language) -> str:
    one, many = _UNITS[unit][language]
    is_one = n == 1 if language == "en" else abs(n) < 2
    return f"{number_text(n, language)} {one if is_one else many}"
