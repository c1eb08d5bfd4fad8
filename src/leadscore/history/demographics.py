"""What a lead's raw properties say about fit: level, department, kind of e-mail domain, size band.

Derived by fixed published rules from one value at a time, so a derived property is known exactly
when its source is. Nothing is looked up outside the package.
"""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from leadscore.history.mail_domains import CONSUMER, CONSUMER_FAMILIES, DISPOSABLE
from leadscore.history.titles import function, over_distinct, seniority

DOMAIN_CLASSES = ("professional", "consumer", "disposable", "missing", "invalid")
SIZE_BANDS = ("1-9", "10-49", "50-249", "250-999", "1000+", "missing")

_BORDERS = np.array([10.0, 50.0, 250.0, 1000.0])
_LABEL = r"[^\W_](?:[\w-]{0,61}[^\W_])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*\.(?:[^\W\d_]{{2,63}}|xn--[a-z0-9-]{{1,59}})")
_FIRST_NUMBER = re.compile(r"\d[\d\s.,' \u00a0\u202f]*")


def derive(
    properties: pd.DataFrame,
    *,
    job_title: str = "job_title",
    email_domain: str = "email_domain",
    employees: str = "employees",
) -> pd.DataFrame:
    """Add `seniority`, `function`, `domain_class` and `size_band` where their sources exist.

    Parameters
    ----------
    properties
        Any grain; raw properties of leads.
    job_title, email_domain, employees
        Names of the source columns; absent ones derive nothing.

    Returns
    -------
    A new DataFrame, same index. A column that the source itself already calls so is kept as it is.
    """
    added: dict[str, pd.Series] = {}
    if job_title in properties:
        added["seniority"] = seniority(properties[job_title])
        added["function"] = function(properties[job_title])
    if email_domain in properties:
        added["domain_class"] = domain_class(properties[email_domain])
    if employees in properties:
        added["size_band"] = size_band(properties[employees])
    return properties.assign(**{k: v for k, v in added.items() if k not in properties})


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
    labels = domain.split(".")
    parents = {".".join(labels[i:]) for i in range(len(labels) - 1)}
    if parents & DISPOSABLE:
        return "disposable"
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
