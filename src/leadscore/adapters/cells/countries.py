"""Countries by their ISO 3166 alpha-2 code: from codes, and from names in many languages.

Names and codes are the Unicode CLDR's, as `babel` brings them; beside them stand the few ways of
writing that sales files use and the CLDR does not hold. It guesses no country from a town.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator

from babel import Locale
from babel.core import get_global

from leadscore.history.lexicon import fold

LANGUAGES = (
    "en", "fr", "de", "es", "it", "pt", "nl", "pl", "sv", "da", "nb", "fi", "cs", "sk", "hu", "ro",
    "bg", "el", "hr", "sl", "et", "lv", "lt", "tr", "ru", "uk", "ar", "he", "ja", "zh", "ko",
)  # fmt: skip
"""Languages whose names of countries are known; where two differ, the earlier language counts."""

_NO_COUNTRY = frozenset(
    {"EU", "EZ", "UN", "QO", "XA", "XB", "ZZ", "AC", "CP", "CQ", "DG", "EA", "IC", "TA"}
)
"""Two letters that the CLDR names, and that are no country of ISO 3166; Kosovo (XK) stays."""

_ALSO = {
    "AE": "uae, u.a.e., emirats, emirates",
    "BN": "brunei darussalam",
    "BO": "plurinational state of bolivia",
    "CN": "prc, p.r. china, pr china, people's republic of china",
    "CD": "drc, rdc, rd congo, dr congo, congo kinshasa, democratic republic of the congo, "
    "republique democratique du congo, congo democratic republic of the",
    "CG": "congo brazzaville, republic of the congo, republique du congo",
    "CI": "ivory coast, cote d ivoire",
    "CV": "cape verde, cap vert",
    "CZ": "czech republic, republique tcheque, rep. tcheque, tchequie",
    "FR": "france metropolitaine, metropolitan france, republique francaise",
    "GB": "great britain, grande bretagne, britain, england, scotland, wales, northern ireland, "
    "angleterre, ecosse, pays de galles, irlande du nord, united kingdom of great britain and "
    "northern ireland, g.b.",
    "GR": "el",
    "HK": "hong kong, hongkong",
    "IE": "republic of ireland, republique d'irlande, eire",
    "IR": "islamic republic of iran",
    "KP": "north korea, coree du nord, democratic people's republic of korea",
    "KR": "korea, coree, republic of korea, republique de coree",
    "LA": "lao people's democratic republic, lao pdr",
    "MD": "republic of moldova, moldavie",
    "MK": "macedonia, macedoine",
    "MM": "burma, birmanie",
    "MO": "macao, macau",
    "NL": "holland, hollande, pays bas",
    "PS": "palestine, state of palestine",
    "RU": "russian federation, federation de russie",
    "SA": "ksa",
    "SY": "syrian arab republic",
    "SZ": "swaziland",
    "TL": "east timor, timor oriental",
    "TR": "turkey, turquie, turkiye",
    "TW": "taiwan province of china, republic of china",
    "TZ": "united republic of tanzania",
    "US": "usa, u.s., u.s.a., united states of america, etats unis d'amerique, america, amerique",
    "VA": "vatican, holy see, saint siege",
    "VE": "bolivarian republic of venezuela",
    "VN": "viet nam",
    "ZA": "rsa",
}
_ARTICLE = re.compile(r"^(?:the|les|la|le|l'|il|el|die) ?(?=\w{3})")
_TITLE = re.compile(
    r"^(?:republic|kingdom|state|commonwealth|republique|royaume) (?:of|du|des|de|d') ?(?:the )?"
)
_PARTS = re.compile(r"\s*[(),/;|]\s*|\s+[-–]\s+")  # noqa: RUF001


def country_code(text: str) -> str:
    """Return the alpha-2 code of a country, or the text in upper case where it is none we know.

    Of a text in parts (``France (FR)``, ``Paris, France``) the parts that are known must agree, and
    one must be a name: ``Birmingham, AL`` is not Albania.

    Examples
    --------
    >>> country_code("Royaume-Uni"), country_code("fra"), country_code("Deutschland")
    ('GB', 'FR', 'DE')
    >>> country_code("Paris, France"), country_code("Atlantis")
    ('FR', 'ATLANTIS')
    """
    return _known(text) or " ".join(text.upper().split())


def is_country(code: str) -> bool:
    """Tell whether a text is an alpha-2 code in use."""
    return code in _codes()


def without_codes(nulls: list[str]) -> list[str]:
    """Return null words without those that are a country's code: ``NA`` is Namibia."""
    return [word for word in nulls if not is_country(word)]


def _known(text: str) -> str | None:
    table = _table()
    if (code := table.get(_plain(text))) is not None:
        return code
    parts = [plain for part in _PARTS.split(text) if (plain := _plain(part))]
    found = {table[part] for part in parts if part in table}
    is_named = any(part in table and len(part) > 3 for part in parts)
    return found.pop() if len(found) == 1 and is_named else None


def _plain(text: str) -> str:
    """Fold a name; dots, hyphens, articles and words like `republic of` do not count."""
    words = (
        fold(text).replace("&", "and").replace(".", "").replace("-", " ").replace("st ", "saint ")
    )
    words = " ".join(words.split())
    if words in _written():
        return words
    return _ARTICLE.sub("", _TITLE.sub("", _ARTICLE.sub("", words)))


@functools.cache
def _written() -> dict[str, str]:
    """Return the ways of writing of `_ALSO`, which count before all names."""
    return {
        " ".join(fold(name).replace(".", "").replace("-", " ").split()): code
        for code, names in _ALSO.items()
        for name in names.split(",")
    }


@functools.cache
def _codes() -> frozenset[str]:
    names = [str(code) for code in Locale("en").territories]
    return frozenset(code for code in names if len(code) == 2 and code.isalpha()) - _NO_COUNTRY


@functools.cache
def _table() -> dict[str, str]:
    """Return folded code or name to alpha-2 code; what was entered first stays."""
    table = {code.casefold(): code for code in _codes()}
    for alias, codes in get_global("territory_aliases").items():
        if len(codes) == 1 and codes[0] in _codes():
            table.setdefault(alias.casefold(), codes[0])
    table |= {name: code for name, code in _written().items() if name not in table}
    for language in LANGUAGES:
        for code, name in Locale(language).territories.items():
            if code in _codes():
                for way in _ways(str(name)):
                    table.setdefault(_plain(way), str(code))
    return table


def _ways(name: str) -> Iterator[str]:
    """Yield a CLDR name and, of ``Myanmar (Burma)``, both parts."""
    yield name
    if "(" in name:
        yield from (part for part in re.split(r"\s*[()]\s*", name) if part)
