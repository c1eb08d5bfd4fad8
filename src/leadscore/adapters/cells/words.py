"""Text to words: trimmed, one Unicode form, one spelling; ids, flags, mail domains, countries."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from leadscore.adapters.cells.countries import country_code, is_country, without_codes
from leadscore.adapters.cells.languages import is_language, language_code
from leadscore.adapters.cells.spelling import folded
from leadscore.domain.mapping import Column

Mask = npt.NDArray[np.bool_]

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
_ENDS = "\u200b\u2060\ufeff"
_DOMAIN = re.compile(r"[\w-]+(\.[\w-]+)+")
_ADDRESS = re.compile(r"[^@\s<>]+@([\w-]+(?:\.[\w-]+)+)")
INVALID = "invalid"
"""Stands for a malformed address or mail domain, which is not kept: it may hold a person's name."""

YES = frozenset({"yes", "y", "oui", "o", "true", "t", "vrai", "1", "x", "on"})
NO = frozenset({"no", "n", "non", "false", "f", "faux", "0", "off"})


def on_distinct(text: pd.Series, change: Callable[[str], str | None]) -> pd.Series:
    """Return `text` with `change` applied once to each distinct value."""
    codes, distinct = pd.factorize(text)
    changed = pd.array([change(str(word)) for word in distinct], dtype="str")
    return pd.Series(changed.take(codes, allow_fill=True), index=text.index, dtype="str")


def tidy(text: pd.Series) -> pd.Series:
    """Trim cells and bring them to NFC; characters without width go from the ends."""
    trimmed = pd.Series(
        pd.array(pc.utf8_trim_whitespace(pa.array(text, type=pa.large_string())), dtype="str"),
        index=text.index,
    )
    if _is_ascii(trimmed):
        return trimmed
    return on_distinct(
        trimmed, lambda word: unicodedata.normalize("NFC", word).strip(_ENDS).strip()
    )


def clean_ids(text: pd.Series) -> pd.Series:
    """Return ids trimmed, in NFC, without invisible characters; never as numbers."""
    trimmed = tidy(text)
    if _is_ascii(trimmed):
        return trimmed
    return on_distinct(trimmed, lambda word: word.translate(_INVISIBLE).strip())


def is_absent(text: pd.Series, nulls: list[str]) -> Mask:
    """Mark cells that are one of the null words (as written) or empty."""
    found: Mask = text.isin(["", *(word.strip() for word in nulls)]).to_numpy()
    return found


def one_spelling(text: pd.Series) -> tuple[pd.Series, int]:
    """Give words that differ only in case, Latin accents and spacing their most frequent spelling.

    A tie goes to the spelling that sorts first. Nulls stay.

    Returns
    -------
    tuple
        The words, and how many spellings were given up.
    """
    codes, distinct = pd.factorize(text)
    count = np.bincount(codes[codes >= 0], minlength=len(distinct))
    best: dict[str, tuple[int, str]] = {}
    alike = [folded(str(word)) for word in distinct]
    for fold, word, n in zip(alike, distinct, count, strict=True):
        best[fold] = min(best.get(fold, (-int(n), str(word))), (-int(n), str(word)))
    chosen = pd.array([best[fold][1] for fold in alike], dtype="str")
    return pd.Series(chosen.take(codes, allow_fill=True), index=text.index, dtype="str"), len(
        distinct
    ) - len(best)


def flags(text: pd.Series) -> tuple[npt.NDArray[np.float64], Mask]:
    """Read yes and no in English and French as 1.0 and 0.0.

    Returns
    -------
    tuple
        float64, NaN for nulls and other words; and the mask of the other words.
    """
    folded = text.str.casefold()
    is_yes, is_no = folded.isin(YES).to_numpy(), folded.isin(NO).to_numpy()
    value = np.where(is_yes, 1.0, np.where(is_no, 0.0, np.nan))
    return value, ~is_yes & ~is_no & text.notna().to_numpy()


def domains(text: pd.Series, *, from_address: bool) -> tuple[pd.Series, Mask]:
    """Return mail domains in lower case, of addresses or written alone; the address is dropped.

    Returns
    -------
    tuple
        Domains, null where absent and `INVALID` where malformed; and the mask of the malformed.
    """

    def one(word: str) -> str | None:
        bare = word.casefold().strip("<>. ").removeprefix("mailto:")
        if from_address or "@" in bare.lstrip("@"):
            found = _ADDRESS.search(bare)
            return found.group(1) if found and bare.count("@") == 1 else INVALID
        bare = bare.lstrip("@")
        return bare if _DOMAIN.fullmatch(bare) else INVALID

    found = on_distinct(text, one)
    return found, (found == INVALID).fillna(value=False).to_numpy(dtype=np.bool_)


def countries(text: pd.Series) -> tuple[pd.Series, Mask]:
    """Return ISO 3166 alpha-2 codes, else the text in upper case; and the mask of the latter."""
    return _coded(text, country_code, is_country)


def languages(text: pd.Series) -> tuple[pd.Series, Mask]:
    """Return ISO 639 codes, else the text in lower case; and the mask of the latter."""
    return _coded(text, language_code, is_language)


def null_words(shared: list[str], column: Column | None) -> list[str]:
    """Return the words that stand for nothing in a column: those of the export, and its own.

    In a column of countries no code is such a word (``NA`` is Namibia) unless the column says so.
    """
    if column is None:
        return shared
    return [*(without_codes(shared) if column.kind == "country" else shared), *column.nulls]


def _coded(
    text: pd.Series, code_of: Callable[[str], str], is_code: Callable[[str], bool]
) -> tuple[pd.Series, Mask]:
    found = on_distinct(text, code_of)
    known = [code for code in found.dropna().unique() if is_code(str(code))]
    return found, (~found.isin(known) & found.notna()).to_numpy()


def _is_ascii(text: pd.Series) -> bool:
    found = pc.all(pc.string_is_ascii(pa.array(text, type=pa.large_string()))).as_py()
    return found is None or bool(found)
