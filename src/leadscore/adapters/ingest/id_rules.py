"""Ids of one export: the long form of Salesforce ids, and merged leads under the surviving id."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.adapters.cells.words import on_distinct

Mask = npt.NDArray[np.bool_]

_SHORT = r"[0-9A-Za-z]{15}"
_LONG = rf"{_SHORT}[A-Z0-5]{{3}}"
_STANDARD = ("00Q", "003", "001", "006")
"""Leads, contacts, accounts and opportunities; a short id of another object proves nothing alone."""
_CHECK = "ABCDEFGHIJKLMNOPQRSTUVWXYZ012345"
_TAG = r"\+[^@]*@"


class IdRules:
    """How ids of an export are brought to one form; learnt from the file of the leads.

    Attributes
    ----------
    is_salesforce
        All ids of the leads are Salesforce's: those of 15 characters (case counts) get the three
        characters that make them unique without regard to case.
    oddities
        What was noticed of the ids of the leads: how many, and what.
    """

    def __init__(self) -> None:
        self.is_salesforce = False
        self.oddities: list[tuple[int, str]] = []
        self._now_by_id: dict[str, str] = {}

    def learn(self, ids: pd.Series) -> None:
        """Look at the ids of the leads (no blanks)."""
        distinct = ids.drop_duplicates()
        self.is_salesforce = all_salesforce(distinct)
        if self.is_salesforce:
            self._now_by_id = {
                long_form(old): long_form(now) for old, now in self._now_by_id.items()
            }
        mails = distinct[distinct.str.contains(r"[^@\s]@[^@\s]", regex=True)]
        bare = mails.str.casefold().str.replace(_TAG, "@", regex=True)
        told = "are mail addresses: people share and change them, an id of the CRM does not change"
        alike = "are one address but for case or a tag after '+'; they count as different leads"
        folded = distinct[~distinct.isin(mails)].str.casefold()
        cased = "differ in case only from another one; they count as different leads"
        self.oddities = [
            (len(mails), told),
            (int(bare.duplicated(keep=False).sum()), alike),
            (int(folded.duplicated(keep=False).sum()), cased),
        ]

    def merge(self, now_by_id: Mapping[str, str]) -> None:
        """Take over which lead each merged one became, at the end of any chain of merges."""
        self._now_by_id = dict(now_by_id)

    def long_form(self, ids: pd.Series) -> tuple[pd.Series, int]:
        """Return ids with Salesforce's short ones in the long form, and how many those are."""
        if not self.is_salesforce:
            return ids, 0
        n_short = int(ids.str.fullmatch(_SHORT).sum())
        return (on_distinct(ids, long_form) if n_short else ids), n_short

    def survivors(self, ids: pd.Series) -> tuple[pd.Series, Mask]:
        """Return the id each lead has now, and which rows are those of merged leads."""
        is_merged: Mask = ids.isin(list(self._now_by_id)).to_numpy()
        if not is_merged.any():
            return ids, is_merged
        return on_distinct(ids, lambda word: self._now_by_id.get(word, word)), is_merged


def all_salesforce(ids: pd.Series) -> bool:
    """Say whether all of these ids are Salesforce's.

    At least one has the form of 18 characters whose last three check the others; without one, all
    are of 15 characters, mix cases and begin as those of a standard object do.
    """
    is_long = ids.str.fullmatch(_LONG)
    is_short = ids.str.fullmatch(_SHORT)
    if len(ids) == 0 or not bool((is_long | is_short).all()):
        return False
    if is_long.any():
        return all(long_form(word[:15]) == word for word in ids[is_long])
    mixes = ids.str.contains("[a-z]", regex=True) & ids.str.contains("[A-Z]", regex=True)
    return bool(ids.str.startswith(_STANDARD).all() and mixes.any())


def long_form(word: str) -> str:
    """Return a Salesforce id of 15 characters with its three check characters; others as they are.

    Each check character tells which of five letters are capitals.

    Examples
    --------
    >>> long_form("001A0000006Vm9r")
    '001A0000006Vm9rIAC'
    """
    if not re.fullmatch(_SHORT, word):
        return word
    blocks = (word[at : at + 5] for at in (0, 5, 10))
    bits = (sum("A" <= c <= "Z" and 1 << i for i, c in enumerate(block)) for block in blocks)
    return word + "".join(_CHECK[n] for n in bits)


def at_their_end(now_by_id: Mapping[str, str]) -> tuple[dict[str, str], set[str]]:
    """Follow chains of merges.

    Returns
    -------
    tuple
        The surviving lead of each merged one; and the ids whose chain comes back to itself.
    """
    ends: dict[str, str] = {}
    circular: set[str] = set()
    for first in now_by_id:
        path, here = [first], now_by_id[first]
        while here in now_by_id and here not in ends and here not in circular and here not in path:
            path.append(here)
            here = now_by_id[here]
        if here in path or here in circular:
            circular.update(path)
        else:
            ends.update(dict.fromkeys(path, ends.get(here, here)))
    return ends, circular
