"""How leads' properties were in training, and whether those of tonight still are.

It stops what makes every score wrong at once: another unit, an emptied column, other words. It
leaves all lesser drift to the review, and says nothing of what leads did: that differs by the day.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Protocol

import numpy as np
import pandas as pd

from leadscore.domain.errors import GateError
from leadscore.domain.issuing_settings import ScoreSettings
from leadscore.history.features import Feature
from leadscore.scoring.encoder import Encoder

_OF_LEADS = ("lead_", "firm_", "mail_")
_ABSENT = "missing"  # what derived properties say where their source says nothing
_FILLED = 0.1  # a column filled in less often in training may be empty one night
_TOLD = 0.05  # a smaller rise of unknown words is not worth a warning


@dataclass(frozen=True)
class Usual:
    """How one property was, one row a lead.

    Attributes
    ----------
    name
        Its column in the snapshots table.
    filled
        Share of leads with a value.
    median
        Of the magnitudes of its numbers, zeros left out; None for words, and without numbers.
    unknown
        Share of the leads with a value whose word the model pools with rare ones; None for numbers.
    """

    name: str
    filled: float
    median: float | None
    unknown: float | None

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Usual:
        """Read what `to_dict` wrote."""
        return cls(**plain)

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for the bundle's manifest."""
        return asdict(self)


class Rows(Protocol):
    """Columns of one row a lead, as a table has them; they may be read only when asked for."""

    def __len__(self) -> int: ...

    def __contains__(self, name: object) -> bool: ...

    def __getitem__(self, name: str, /) -> pd.Series: ...


def usual_columns(
    looks: pd.DataFrame, features: Sequence[Feature], encoder: Encoder | None
) -> tuple[Usual, ...]:
    """Describe the properties among the features by the last look at each lead.

    Parameters
    ----------
    looks
        Mature rows of the snapshots table.
    encoder
        Which words the model knows; None where there is no model.
    """
    leads = looks.sort_values(["order", "lead_id"]).drop_duplicates("lead_id", keep="last")
    asked = [f for f in features if f.name.startswith(_OF_LEADS) and f.origin != "age"]
    return tuple(_usual(f.name, leads[f.name], encoder) for f in asked)


def refuse_changed(
    usual: Sequence[Usual],
    rows: Rows,
    encoder: Encoder | None,
    settings: ScoreSettings,
    *,
    min_leads: int,
) -> dict[str, int]:
    """Stop where a property of tonight's leads is not what it was in training.

    Parameters
    ----------
    usual
        What `usual_columns` said in training.
    rows
        The features of the open leads, one row a lead.
    min_leads
        Fewer leads are no evidence.

    Returns
    -------
    By column, how many leads hold words the model does not know, where markedly more than in
    training do.

    Raises
    ------
    GateError
        ``empty-column``, ``other-unit`` or ``unknown-words``: with the column, now and then.
    """
    if len(rows) < min_leads:
        return {}
    counted = {}
    for then in usual:
        if then.name not in rows:
            continue
        values = rows[then.name]
        now = _usual(then.name, values, encoder)
        _refuse_emptied(now, then, len(rows))
        _refuse_other_unit(now, then, settings)
        if (n := _unknown_words(now, then, values, settings)) > 0:
            counted[then.name] = n
    return counted


def _refuse_emptied(now: Usual, then: Usual, n_leads: int) -> None:
    if now.filled == 0 and then.filled >= _FILLED:
        raise _changed(
            "empty-column",
            f"filled in for none of {n_leads:,} leads, for {then.filled:.0%} in training",
            now.name,
            "check the export and who may see this field in the CRM",
        )


def _refuse_other_unit(now: Usual, then: Usual, settings: ScoreSettings) -> None:
    if now.median is None or then.median is None:
        return
    ratio = now.median / then.median
    if max(ratio, 1 / ratio) >= settings.max_median_ratio:
        raise _changed(
            "other-unit",
            f"median {now.median:g}, in training {then.median:g}: {ratio:g} times; has the unit changed?",
            now.name,
            "export it in the unit of before",
        )


def _unknown_words(now: Usual, then: Usual, values: pd.Series, settings: ScoreSettings) -> int:
    if now.unknown is None or then.unknown is None:
        return 0
    rise = now.unknown - then.unknown
    if rise > settings.max_unknown_rise:
        raise _changed(
            "unknown-words",
            f"{now.unknown:.0%} of {len(values):,} leads hold words that the model was not trained "
            f"on, {then.unknown:.0%} in training",
            now.name,
            "map the new words to the old ones (`values`)",
        )
    return round(now.unknown * int(_is_there(values).sum())) if rise > _TOLD else 0


def _changed(code: str, told: str, column: str, mend: str) -> GateError:
    fix = f"{mend}; if it is meant to be so, run `leadscore train` on data that hold it"
    return GateError(code, told, file="data/tables/leads.parquet", column=column, fix=fix)


def _usual(name: str, values: pd.Series, encoder: Encoder | None) -> Usual:
    is_there = _is_there(values)
    filled = float(is_there.mean()) if len(values) else 0.0
    if pd.api.types.is_numeric_dtype(values):
        size = np.abs(values.to_numpy(dtype=np.float64))
        size = size[np.isfinite(size) & (size > 0)]
        return Usual(name, filled, float(np.median(size)) if len(size) else None, None)
    levels = encoder.levels.get(name) if encoder is not None else None
    if levels is None or not is_there.any():
        return Usual(name, filled, None, None)
    known = {level.casefold() for level in levels}
    leads = values[is_there].value_counts()  # words are few, leads many
    unknown = leads[[word.casefold() not in known for word in leads.index]]
    return Usual(name, filled, None, float(unknown.sum() / leads.sum()))


def _is_there(values: pd.Series) -> pd.Series:
    return values.notna() & (values.astype("str") != _ABSENT)
