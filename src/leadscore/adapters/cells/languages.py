"""Languages by their ISO 639-1 code: from codes, locales and names in many languages.

Names are the Unicode CLDR's, as `babel` brings them. The region of a locale is dropped: a rep asks
which language to call in.
"""

from __future__ import annotations

import functools
import re

from babel import Locale
from babel.core import get_global

from leadscore.adapters.cells.countries import LANGUAGES
from leadscore.history.lexicon import fold

_PARTS = re.compile(r"[\s(),/;|_-]+")


def language_code(text: str) -> str:
    """Return the code of a language, or the text in lower case where it is none we know.

    Of several languages in one text the first counts.

    Examples
    --------
    >>> language_code("Français (Canada)"), language_code("en_GB"), language_code("Deutsch")
    ('fr', 'en', 'de')
    >>> language_code("Elvish"), language_code("ENG")
    ('elvish', 'en')
    """
    table = _table()
    plain = fold(text)
    found = table.get(plain) or table.get(_PARTS.split(plain)[0])
    return found or " ".join(text.casefold().split())


def is_language(code: str) -> bool:
    """Tell whether a text is a code this module gives."""
    return code in _codes()


@functools.cache
def _codes() -> frozenset[str]:
    return frozenset(_table().values())


@functools.cache
def _table() -> dict[str, str]:
    """Return folded code or name to code; what was entered first stays."""
    codes = {code for known in Locale("en").languages if len(code := str(known)) in (2, 3)}
    table = {code: code for code in codes if len(code) == 2}
    for alias, code in get_global("language_aliases").items():
        if len(alias) == 3 and len(code) == 2:
            table.setdefault(alias, code)
    for language in LANGUAGES:
        for code, name in Locale(language).languages.items():
            if code in codes:
                table.setdefault(fold(str(name)), str(code))
    return table
