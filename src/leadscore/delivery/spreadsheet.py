"""Scores as rows a spreadsheet or a CRM import can take without running them.

A text cell that starts like a formula gets a leading apostrophe (CWE-1236). Numbers stay numbers.
"""

from __future__ import annotations

import csv

import pandas as pd

FORMULA_START = ("=", "+", "-", "@", "\t", "\r", "\n", "\0", "＝", "＋", "－", "＠")
"""A text cell that starts so is run, or read as one to run, by some spreadsheet."""


def escape_cell(text: str) -> str:
    r"""Return `text`, with a leading apostrophe if a spreadsheet would read it as a formula.

    Examples
    --------
    >>> escape_cell("=1+1"), escape_cell("Sales lead")
    ("'=1+1", 'Sales lead')
    """
    return f"'{text}" if text.startswith(FORMULA_START) else text


def escaped(rows: pd.DataFrame) -> pd.DataFrame:
    """Return rows whose text cells no spreadsheet runs."""
    safe = rows.copy()
    for column in safe.select_dtypes(include=["str", "object"]).columns:
        safe[column] = safe[column].map(escape_cell, na_action="ignore")
    return safe


def crm_rows(issued: pd.DataFrame) -> pd.DataFrame:
    """Return the issued table as a CRM import: text columns escaped, probability rounded to 4 digits.

    Parameters
    ----------
    issued
        `domain.schemas.ISSUED`, one row per lead.
    """
    rows = issued.copy()
    for name in ("as_of", "expires_at"):
        if name in rows:
            rows[name] = rows[name].dt.strftime("%Y-%m-%dT%H:%M:%SZ")
    rows["probability"] = rows["probability"].round(4)
    return escaped(rows)


def to_csv(rows: pd.DataFrame, *, header: bool = True) -> str:
    r"""Return CSV text: comma, UTF-8, ``\n``, a header if asked for; texts in quotes, missing empty."""
    text = rows.to_csv(
        index=False, header=header, lineterminator="\n", quoting=csv.QUOTE_NONNUMERIC
    )
    return str(text)
