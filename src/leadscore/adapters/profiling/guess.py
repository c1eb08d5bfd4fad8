"""Guesses what a column of an unknown export means, from its name (English, French) and its values.

A guess is only ever a proposal in a file that a person reads; nothing is ingested by it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

import numpy as np
import pandas as pd

from leadscore.adapters.cells.parsing import parse_numbers, parse_times
from leadscore.adapters.cells.words import flags, is_absent, tidy

NULL_WORDS = ("select", "-", "--", "?", "n/a", "#n/a", "na", "null", "none", "nan", "(blank)", "(vide)",
              "non renseigné", "not set", "undefined")  # fmt: skip
COUNTRY_WORDS = ("na",)
"""Null words that are the code of a country, too."""
DOUBTFUL_WORDS = ("unknown", "inconnu", "999", "9999", "-1", "99999")
TIME_FORMATS = (
    "iso", "%d/%m/%Y", "%m/%d/%Y", "%d/%m/%Y %H:%M", "%m/%d/%Y %H:%M", "%d/%m/%Y %H:%M:%S",
    "%m/%d/%Y %H:%M:%S", "%d.%m.%Y", "%d.%m.%Y %H:%M", "%d-%m-%Y", "%m-%d-%Y", "%Y/%m/%d",
    "%Y/%m/%d %H:%M:%S", "%d %b %Y", "%b %d, %Y",
)  # fmt: skip
_SAMPLE = 20_000
_ENOUGH = 0.9
_DOUBTFUL_SHARE = 0.01

# What a name says, tried in this order; the first that fits wins.
_NAMES = (
    ("email_domain", r"(e ?)?mail domain|domaine?( mail| email)?|website|site web"),
    ("email", r"(e ?)?mail( address)?|adresse (e ?)?mail|courriel"),
    ("person", r"(full |first |last |contact |lead )?name|(pre)?nom( complet| de famille)?"),
    ("person", r"(phone|mobile|tel|telephone|address|adresse|birth|naissance|linkedin)\b.*|street|rue"),
    ("amount", r"amount|montant|(deal|close) value|valeur|(deal )?amount( eur)?"),
    ("created_at", r".*\b(created?|creation|cree|registered|reg date|inscription|engage date)\b.*"),
    ("closed_at", r".*\b(closed?|cloture|fermeture|signature|won date|conversion date)\b.*"),
    ("closed_at", r"converted (at|on|date)"),
    ("occurred_at", r"(event |activity )?(time ?stamp|time|date ?time|date)"),
    ("occurred_at", r"occurred( at)?|horodatage|date (et )?heure"),
    ("type", r"(event|activity|action|activite|evenement)( type| name)?"),
    ("type", r"type( of| d)? (event|activity|action|activite|evenement)"),
    ("status", r"(lead |deal )?(status|statut|stage|etape|outcome|result(at)?|etat|state)"),
    ("status", r"(is )?(converted|won)|converti|gagne|y|target"),
    ("reason", r"(lost |loss |close )?reason( lost)?|raison.*|motif.*"),
    ("subject", r"subject|objet|page|url|campaign|campagne|details?"),
    ("lead_id", r"((lead|prospect|contact|opportunity|opportunite|deal|record|case|customer|client) )?"
                r"(id|uuid|guid|identifiant|ref(erence)?|key|cle)|id (lead|prospect|contact|client|opportunite)"),
    ("order", r"(lead |prospect |row )?(number|no|nr|numero|num|index)"),
    ("job_title", r"(job )?title|titre|fonction|poste|position"),
    ("country", r"country|pays"),
    ("industry", r"industry|sector|secteur.*|industrie"),
    ("employees", r"employees|effectifs?|nombre de salaries|company size|taille.*|headcount"),
    ("channel", r"(lead )?(source|channel|origin)|canal|origine|provenance"),
    ("product", r"product|produit"),
    ("owner", r"owner|proprietaire|commercial|sales (rep|agent)"),
    ("company", r"company( name)?|account|societe|entreprise|compte"),
)  # fmt: skip
_LATE_NAME = re.compile(
    r"\b(last|latest|dernier|derniere|modified|updated|tags?|score|quality|qualite|probability|"
    r"forecast|next step|close|closed|lost|won)\b"
)


@dataclass(frozen=True)
class Facts:
    """What a column holds, and what it may be.

    Attributes
    ----------
    header, guess
        Its name in the file; what the name says (a role, a property's name, ``person``), or None.
    filled, n_distinct
        Share of rows with a value, in [0, 1]; number of different values.
    words
        Most frequent values first, at most 40.
    kind
        ``number``, ``flag``, ``time`` or ``text``.
    decimal
        Decimal mark of a number.
    formats
        Ways of writing times that read (nearly) all cells; several are ambiguous.
    is_naive
        A time without offset.
    nulls, doubtful
        Words that stand for "nothing", surely and perhaps.
    looks_late
        The name says that it may be written after the outcome.
    """

    header: str
    guess: str | None
    filled: float
    n_distinct: int
    words: tuple[str, ...]
    kind: str
    decimal: str
    formats: tuple[str, ...]
    is_naive: bool
    nulls: tuple[str, ...]
    doubtful: tuple[str, ...]
    looks_late: bool


def facts_of(header: str, cells: pd.Series) -> Facts:
    """Look at one column.

    Parameters
    ----------
    header
        Its name.
    cells
        Its text, never null.
    """
    text = tidy(cells)
    lower = text.str.casefold()
    guess = name_guess(header)
    is_null = lower.isin([w for w in NULL_WORDS if guess != "country" or w not in COUNTRY_WORDS])
    nulls = tuple(sorted(set(text[is_null])))
    filled = text[~is_absent(text, list(nulls))]
    counts = filled.value_counts()
    sample = filled.iloc[:_SAMPLE]
    formats, is_naive = _formats(sample)
    kind, decimal = ("time", ".") if formats else _kind(sample, len(counts))
    return Facts(
        header=header,
        guess=guess,
        filled=len(filled) / max(len(text), 1),
        n_distinct=len(counts),
        words=tuple(str(word) for word in counts.index[:40]),
        kind=kind,
        decimal=decimal,
        formats=formats,
        is_naive=is_naive,
        nulls=nulls,
        doubtful=_doubtful(counts),
        looks_late=bool(_LATE_NAME.search(plain_name(header))),
    )


def name_guess(header: str) -> str | None:
    """Return what a column's name says it is, or None.

    Examples
    --------
    >>> name_guess("Date de création"), name_guess("Lead ID"), name_guess("Shoe size")
    ('created_at', 'lead_id', None)
    """
    plain = plain_name(header)
    return next((meaning for meaning, pattern in _NAMES if re.fullmatch(pattern, plain)), None)


def plain_name(header: str) -> str:
    """Return a header in lower case without accents, its words separated by single spaces."""
    spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", header)
    flat = unicodedata.normalize("NFKD", spaced.casefold())
    flat = "".join(c for c in flat if not unicodedata.combining(c))
    return " ".join(re.findall(r"[a-z0-9]+", flat))


def _formats(sample: pd.Series) -> tuple[tuple[str, ...], bool]:
    """Return the formats that read nearly all cells, and whether these are without offset."""
    if len(sample) == 0:
        return (), False
    present = np.zeros(len(sample), dtype=np.bool_)
    fits = []
    is_naive = False
    for form in TIME_FORMATS:
        times = parse_times(sample.reset_index(drop=True), present, form=form, zone=None)
        share = 1 - times.is_bad.mean()
        if share >= _ENOUGH:
            fits.append((share, form))
            is_naive = is_naive or bool(times.is_naive.any())
    best = max((share for share, _ in fits), default=0.0)
    return tuple(form for share, form in fits if share == best), is_naive


def _doubtful(counts: pd.Series) -> tuple[str, ...]:
    """Return words that often stand for "nothing", where they are frequent here."""
    enough = counts[counts >= _DOUBTFUL_SHARE * counts.sum()]
    return tuple(
        sorted(str(word) for word in enough.index if str(word).casefold() in DOUBTFUL_WORDS)
    )


def _kind(sample: pd.Series, n_distinct: int) -> tuple[str, str]:
    if len(sample) == 0:
        return "text", "."
    present = np.zeros(len(sample), dtype=np.bool_)
    if n_distinct <= 2 and not flags(sample)[1].any():
        return "flag", "."
    for decimal in (".", ","):
        if 1 - parse_numbers(sample, present, decimal=decimal)[1].mean() >= _ENOUGH:
            return "number", decimal
    return "text", "."
