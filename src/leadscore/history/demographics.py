"""What a lead's raw properties say about fit: level, department, buying role, mailbox, size, sector.

Derived by fixed published rules from one value at a time, so a derived property is known exactly
when its source is. Nothing is looked up outside the package; docs/demographics.md shows the rules.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.domain.settings import DemographicsSettings
from leadscore.history.lexicon import fold, over_distinct
from leadscore.history.mail_domains import CONSUMER, CONSUMER_FAMILIES, DISPOSABLE
from leadscore.history.sectors import sector
from leadscore.history.titles import SENIORITIES, TITLE_ROLES, levels_and_functions, role_of

DOMAIN_CLASSES = ("professional", "consumer", "disposable", "missing", "invalid")
SIZE_BANDS = ("1-9", "10-49", "50-249", "250-999", "1000+", "missing")
BUYING_ROLES = ("competitor", *TITLE_ROLES)

_BORDERS = np.array([10.0, 50.0, 250.0, 1000.0])
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.(?:[^\W\d_]{{2,63}}|xn--[a-z0-9-]{{1,59}})")
_FIRST_NUMBER = re.compile(r"\d[\d\s.,' \u00a0\u202f]*")
_LEGAL_FORM = re.compile(
    r"[ ,]+(?:sas|sasu|sa|sarl|eurl|sci|snc|gmbh|ag|kg|ltd|limited|inc|llc|plc|corp|bv|nv|srl|spa|ab|oy)$"
)


@dataclass(frozen=True)
class Competitors:
    """Whose staff count as competitor staff: mail domains (and all below them), company names."""

    domains: frozenset[str] = frozenset()
    companies: frozenset[str] = frozenset()

    @classmethod
    def declared(cls, settings: DemographicsSettings) -> Competitors:
        """Read the lists of the settings."""
        return cls(
            frozenset(domain.casefold() for domain in settings.competitor_domains),
            frozenset(company_key(name) for name in settings.competitor_companies),
        )

    def own_domain(self, address: str) -> bool:
        """Tell whether an e-mail domain or address is a competitor's, or below it."""
        domain = address.strip().casefold().rpartition("@")[2].removesuffix(".")
        return not self.domains.isdisjoint(_parents(domain))

    def own_company(self, name: str) -> bool:
        """Tell whether a company name is a competitor's, legal form and case apart."""
        return company_key(name) in self.companies


NO_COMPETITORS = Competitors()


def derive(
    properties: pd.DataFrame,
    *,
    job_title: str = "job_title",
    email_domain: str = "email_domain",
    employees: str = "employees",
    industry: str = "industry",
    company: str = "company",
    competitors: Competitors = NO_COMPETITORS,
) -> pd.DataFrame:
    """Add what the sources that exist allow: level, function, role, domain class, size, sector.

    Parameters
    ----------
    properties
        Any grain; raw properties of leads.
    job_title, email_domain, employees, industry, company
        Names of the source columns; absent ones derive nothing.
    competitors
        Whose staff get the role `competitor`, whatever their title.

    Returns
    -------
    A new DataFrame, same index, with `seniority`, `function`, `domain_class`, `size_band`,
    `sector` and `role` where their sources exist, all text and never null: what is not there is
    `missing`. `role` needs a title, or declared competitors and a mail domain or company. A column
    that the source itself already calls so is kept as it is.
    """
    added: dict[str, pd.Series] = {}
    if job_title in properties:
        added["seniority"], added["function"] = levels_and_functions(properties[job_title])
    if email_domain in properties:
        added["domain_class"] = domain_class(properties[email_domain])
    if employees in properties:
        added["size_band"] = size_band(properties[employees])
    if industry in properties:
        added["sector"] = sector(properties[industry])
    is_rival = _is_rival(properties, email_domain, company, competitors)
    if "seniority" in added:
        added["role"] = added["seniority"].map({s: role_of(s) for s in SENIORITIES}).astype("str")
    elif is_rival is not None:
        added["role"] = pd.Series("missing", index=properties.index, dtype="str")
    if is_rival is not None:
        added["role"] = added["role"].mask(is_rival, "competitor")
    return properties.assign(**{k: v for k, v in added.items() if k not in properties})


def company_key(name: str) -> str:
    """Return a company name without case, accents and legal form.

    Examples
    --------
    >>> company_key("Société Générale SA"), company_key("Acme, Inc.")
    ('societe generale', 'acme')
    """
    return _LEGAL_FORM.sub("", fold(name).replace(".", ""))


def domain_class(addresses: pd.Series) -> pd.Series:
    """Return the kind of mailbox behind e-mail domains or addresses, one of `DOMAIN_CLASSES`.

    Examples
    --------
    >>> domain_class(pd.Series(["hotmail.fr", "a@firm.example", "yopmail.com", "?", ""])).tolist()
    ['consumer', 'professional', 'disposable', 'invalid', 'missing']
    """
    return over_distinct(addresses, domain_class_of)


def domain_class_of(address: str) -> str:
    """Return the kind of one e-mail domain or address."""
    text = address.strip().casefold()
    if not text:
        return "missing"
    mailbox, at, domain = text.rpartition("@")
    domain = domain.removesuffix(".")
    if (
        (at and (not mailbox or "@" in mailbox))
        or not _DOMAIN.fullmatch(domain)
        or len(domain) > 253
    ):
        return "invalid"
    if not DISPOSABLE.isdisjoint(_parents(domain)):
        return "disposable"
    labels = domain.split(".")
    is_family = labels[0] in CONSUMER_FAMILIES and (
        len(labels) == 2 or (len(labels) == 3 and labels[1] in ("co", "com"))
    )
    return "consumer" if is_family or domain in CONSUMER else "professional"


def size_band(employees: pd.Series) -> pd.Series:
    """Return the size band of numbers of employees, one of `SIZE_BANDS`; below 1 counts as missing.

    Texts are read by their first number: a CRM's ``"51-200"`` falls in the band of its lower end.

    Examples
    --------
    >>> size_band(pd.Series([9, 10, 250, 1000, 0, None])).tolist()
    ['1-9', '10-49', '250-999', '1000+', 'missing', 'missing']
    >>> size_band(pd.Series(["51-200", "1 500", "many"])).tolist()
    ['50-249', '1000+', 'missing']
    """
    if not pd.api.types.is_numeric_dtype(employees):
        return over_distinct(employees, lambda text: _band_of(_first_number(text)))
    numbers = employees.to_numpy(dtype=np.float64, na_value=np.nan)
    band = np.searchsorted(_BORDERS, numbers, side="right")
    band = np.where(numbers >= 1, band, len(SIZE_BANDS) - 1)
    words = np.array(SIZE_BANDS, dtype=object)[band]
    return pd.Series(words, index=employees.index, name=employees.name, dtype="str")


def _is_rival(
    properties: pd.DataFrame, email_domain: str, company: str, competitors: Competitors
) -> npt.NDArray[np.bool_] | None:
    """Mark the rows whose mail domain or company is a competitor's; None if none can be known."""
    found = None
    for column, names, owns in (
        (email_domain, competitors.domains, competitors.own_domain),
        (company, competitors.companies, competitors.own_company),
    ):
        if names and column in properties:
            codes, distinct = pd.factorize(properties[column].astype(object))
            verdicts = np.array([*(owns(str(value)) for value in distinct), False], dtype=np.bool_)
            here = verdicts[codes]  # code -1, missing, reads the closing False
            found = here if found is None else found | here
    return found


def _parents(domain: str) -> set[str]:
    """Return a domain and those above it: ``{"mail.firm.example", "firm.example"}``."""
    labels = domain.split(".")
    return {".".join(labels[i:]) for i in range(max(len(labels) - 1, 1))}


def _band_of(number: float) -> str:
    return (
        SIZE_BANDS[int(np.searchsorted(_BORDERS, number, side="right"))]
        if number >= 1
        else "missing"
    )


def _first_number(text: str) -> float:
    """Return the first whole number of a text, thousands separators dropped; NaN without one."""
    found = _FIRST_NUMBER.search(text)
    return float(re.sub(r"\D", "", found.group())) if found else float("nan")
