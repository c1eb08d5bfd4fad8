"""Seniority and function from free job titles, in French and English.

A documented dictionary on whole words, blind to case and accents: rewrites first (phrases whose
parts mislead), then the first level that matches. It guesses no language and learns nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd

SENIORITIES = (
    "c_level",
    "director",
    "manager",
    "specialist",
    "assistant",
    "student",
    "other",
    "missing",
)
DECISION_MAKERS = ("c_level", "director")
FUNCTIONS = (
    "sales", "marketing", "it", "finance", "hr", "operations", "general_management",
    "other", "missing",
)  # fmt: skip


def fold(text: str) -> str:
    """Return a text without case, accents and superfluous spaces.

    Examples
    --------
    >>> fold("  Directrice  GÉNÉRALE ")
    'directrice generale'
    """
    apart = unicodedata.normalize("NFKD", text.replace("’", "'").casefold())
    return " ".join("".join(c for c in apart if not unicodedata.combining(c)).split())


def has_words(words: Sequence[str]) -> Callable[[str], bool]:
    """Return a test: does a folded text contain one of these words (or phrases), as whole words.

    Examples
    --------
    >>> has_words(["CEO", "intern"])("international sales"), has_words(["CEO"])("founder & ceo")
    (False, True)
    """
    found = _whole("|".join(re.escape(fold(word)) for word in words)).search
    return lambda text: found(text) is not None


def seniority(titles: pd.Series) -> pd.Series:
    """Return the level of each title, one of `SENIORITIES`; same index.

    Examples
    --------
    >>> seniority(pd.Series(["Co-founder & CEO", "Stagiaire marketing", None])).tolist()
    ['c_level', 'student', 'missing']
    """
    return over_distinct(titles, seniority_of)


def function(titles: pd.Series) -> pd.Series:
    """Return the department of each title, one of `FUNCTIONS`; same index.

    Examples
    --------
    >>> function(pd.Series(["Directrice marketing", "CEO", "Sales & marketing manager"])).tolist()
    ['marketing', 'general_management', 'sales']
    """
    return over_distinct(titles, function_of)


def is_decision_maker(titles: pd.Series) -> pd.Series:
    """Tell whether a title is of the first two levels; a missing one is not. Same index."""
    return seniority(titles).isin(DECISION_MAKERS)


def seniority_of(title: str) -> str:
    """Return the level of one title."""
    text = _plain(title)
    if not text:
        return "missing"
    for pattern, words in _REWRITES:
        text = pattern.sub(words, text)
    return next((level for level, pattern in _LEVELS if pattern.search(text)), "other")


def function_of(title: str) -> str:
    """Return the department of one title: the one named first, general management only alone."""
    text = _plain(title)
    if not text:
        return "missing"
    found = [(match.start(), name) for name, p in _FUNCTIONS if (match := p.search(text))]
    if found:
        return min(found)[1]
    is_general = _GENERAL.search(text) is not None or seniority_of(title) == "c_level"
    return "general_management" if is_general else "other"


def over_distinct(texts: pd.Series, read: Callable[[str], str]) -> pd.Series:
    """Apply `read` once per distinct value; missing values are read as the empty text."""
    codes, distinct = pd.factorize(texts.astype(object))
    words = np.array([*(read(str(value)) for value in distinct), read("")], dtype=object)
    return pd.Series(words[codes], index=texts.index, name=texts.name, dtype="str")


def _whole(words: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{words})(?!\w)")


def _plain(title: str) -> str:
    """Fold a title and drop inclusive endings: ``chargé(e)``, ``directeur·rice``."""
    text = re.sub(
        r"\((?:e|ne|se|euse|trice|rice)\)|[·•](?:e|ne|se|euse|trice|rice)\b", "", fold(title)
    )
    return text if re.search(r"\w", text) else ""


# Phrases whose words would mislead, and what they stand for. In order.
_REWRITES = tuple(
    (_whole(pattern), words)
    for pattern, words in (
        # students as customers or subjects, not as the person
        (r"student (?:affairs|services|success|life|experience)|vie etudiante", " "),
        # an assistant of somebody high: what follows is not the person
        (r"(?:assistante?|secretaire|secretary|pa) (?:to|of|de|du|des|d'|a|aupres)(?!\w).*",
         "assistant"),
        (r"(?:executive|personal|office|management) (?:assistant|manager)|office manager",
         "assistant"),
        # ranks below another rank, and secretaries who are none
        (r"assistant(?= (?:\w+ )?(?:manager|director|vice))", ""),
        (r"secretaire generale?|secretary general|company secretary", "director"),
        (r"deputy (?:ceo|chief \w+ officer|managing director)"
         r"|(?:directeur|directrice) generale? adjointe?|dga",
         "director"),
        (r"vice[ -]?presidente?|[sea]?vp", "director"),
        (r"chief of staff|(?:chef(?:fe)?|directeur|directrice) de cabinet", "director"),
        (r"chief (?:engineer|accountant|architect|editor)", "manager"),
        (r"general manager|country manager", "director"),
        (r"gerante? d(?:e|u|') ?(?:magasin|boutique|agence|restaurant)", "manager"),
        # managers of no people
        (r"(?:key |national |global )?account (?:manager|executive)|community manager"
         r"|product owner",
         "specialist"),
        (r"(?:process|data|system|service) owner|business partner|partner manager|scrum master",
         "specialist"),
        (r"lead gen(?:eration)?|head ?hunter", "specialist"),
    )
)  # fmt: skip

_LEVELS = tuple(
    (level, _whole(words))
    for level, words in (
        ("student", r"etudiante?|student|stagiaire|alternante?|apprentie?|apprentice|intern"
                    r"|internship|trainee|lyceen(?:ne)?|doctorante?|phd candidate|eleve"),
        ("assistant", r"assistante?|secretaire|secretary|receptionist|receptionniste"
                      r"|standardiste|clerk|accueil|office assistant"),
        ("c_level", r"c(?:[efmrsptdicao]|hr|is)o|chief|pdg|dg|dgs|presidente?|directeur general"
                    r"|directrice generale|dir(?:\.|ecteur)? gen(?:\.|eral)?|direction generale"
                    r"|managing director|managing partner|founding partner|gerante?"
                    r"|(?:co-?)?founder|co founder|(?:co-?)?fondateur|(?:co-?)?fondatrice|owner"
                    r"|proprietaire|dirigeante?|chef(?:fe)? d'entreprise|entrepreneure?"
                    r"|associee?|partner"),
        ("director", r"directeur|directrice|director|direction|dir|head|drh|dsi|daf|dircom"
                     r"|codir|comex|executive board|doyen(?:ne)?|dean"),
        ("manager", r"manager|manageuse|managers|mgr|responsable|resp|chef|cheffe|superviseure?"
                    r"|supervisor|lead|leader|teamlead|cadre|foreman"),
        ("specialist", r"specialiste?|chargee?|executive|analyste?|consultante?|engineer"
                       r"|ingenieure?|developer|developpeu(?:r|se)|technicien(?:ne)?|technician"
                       r"|representative|rep|commerciale?|vendeu(?:r|se)|salesperson|comptable"
                       r"|accountant|designer|conseill(?:er|ere)|advis[eo]r|acheteu(?:r|se)"
                       r"|buyer|attachee?|coordinator|coordinat(?:eur|rice)"
                       r"|administrat(?:or|eur|rice)|sdr|bdr|officer|experte?|architecte?"
                       r"|redact(?:eur|rice)|teacher|enseignante?|formateur|formatrice"
                       r"|gestionnaire|technico-commerciale?|agent|employee?|recruiter"
                       r"|recruteu(?:r|se)|nurse|infirmi(?:er|ere)|scientist|researcher"
                       r"|chercheu(?:r|se)|associate|controller|controleu(?:r|se)"
                       r"|business developer"),
    )
)  # fmt: skip

_FUNCTIONS = tuple(
    (name, _whole(words))
    for name, words in (
        ("sales", r"sales|commerciale?s?|commerciaux|ventes?|vendeu(?:r|se)|revenue|cro|bizdev"
                  r"|kam|sdr|bdr|business develop(?:er|ment)"
                  r"|account (?:manager|executive|director)|key accounts?|grands comptes"
                  r"|clientele|relations? clients?|customer success|presales|avant-vente|export"
                  r"|technico-commerciale?"),
        ("marketing", r"marketing|cmo|communications?|dircom|brand|marque|growth|seo|content"
                      r"|crm|acquisition|demand generation|lead generation|community manager"
                      r"|evenementiel|events?"),
        ("it", r"it|informatique|dsi|cto|cio|ciso|rssi|develop(?:er|peur|peuse)|software"
               r"|systemes?|systems?|data|devops|technology|technologies|web|cyber\w*"
               r"|infrastructure|numerique"),
        ("finance", r"financ(?:e|es|ial|ier|iere)|cfo|daf|raf|comptab(?:le|ilite)"
                    r"|account(?:ant|ing)|controller|controle(?:ur|use)? de gestion"
                    r"|tresori(?:er|ere)|treasurer|audit\w*"),
        ("hr", r"hr|rh|drh|chro|ressources humaines|human resources|people|talents?|recrut\w+"
               r"|recruit\w+|paie|payroll|formation|training|learning"),
        ("operations", r"operations?|operationnel(?:le)?|coo|logisti(?:que|cs)|supply chain"
                       r"|achats?|acheteu(?:r|se)|procurement|purchasing|buyer|production"
                       r"|qualite|quality|manufacturing|industriel(?:le)?|usine|plant"
                       r"|exploitation|maintenance|warehouse|entrepot|hse"),
    )
)  # fmt: skip

_GENERAL = _whole(
    r"(?:directeur|directrice) generale? adjointe?|dga|deputy ceo|(?:general|country) manager"
    r"|deputy managing director"
)
