"""Conversion by days without an own action, beside what the manual grid takes off for waiting.

Days are those at the scored moment: own actions up to it, and none later. A lead that falls silent has often
lost interest already, so the table tells whom silence marks, not what silence does.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.domain.settings import BotSettings
from leadscore.history.by_lead import ByLead
from leadscore.history.kernel import Selection, Sweep
from leadscore.history.log import Moments
from leadscore.metrics import without_interval
from leadscore.review.quarter.joined import Joined
from leadscore.review.quarter.rows import Measure, Row, Table, conversion, row
from leadscore.scoring.grid.decay.rules import RuleFades
from leadscore.scoring.view import Sources

Float = npt.NDArray[np.float64]
NONE_SO_FAR = "no action so far"
_SIGNED = "written in the grid, not measured"


@dataclass(frozen=True)
class Fading:
    """What the fading of interest is measured on.

    Attributes
    ----------
    inactive_days
        float64[n_leads] days from the last own action to each first look of the quarter; NaN where there was none.
        None where the source tells no own actions.
    rules
        Rules of the grid in force that take points off for waiting.
    grid
        Which grid that is, in words.
    """

    inactive_days: Float | None
    rules: tuple[RuleFades, ...]
    grid: str


def inactive_days(looks: pd.DataFrame, sources: Sources, bots: BotSettings) -> Float | None:
    """Return days from each lead's last own action to its look, clicks of machines left out.

    Parameters
    ----------
    looks
        lead_id and as_of, grain lead_id; a lead that is gone from the export has NaN.

    Returns
    -------
    float64[n_looks], NaN where the lead had done nothing by then; None where the source tells no own actions.
    """
    if sources.events is None or not sources.engagement_types:
        return None
    by_lead = ByLead.of(looks, sources.lead_ids)
    own = Selection(tuple(sources.engagement_types))
    found = np.full(len(looks), np.nan)
    for part in sources.parts(bots):
        here = by_lead.rows(part.span)
        if len(here) and part.log is not None:
            moments = Moments.from_table(looks.iloc[here].reset_index(drop=True), part.log)
            found[here] = Sweep(part.log, moments).chain(own).recency_days()
    return found


def fading(joined: Joined, told: Fading, measure: Measure) -> Table:
    """Return the share won by days without an own action, and when rules have taken half of their points."""
    rules = [
        row("inactivity", "half_gone", ("rule", each.rule),
            without_interval(_SIGNED, n=0, n_won=0, value=each.days))
        for each in told.rules
    ]  # fmt: skip
    note = f"{told.grid}: days after which half of a rule's points are gone, or after which it takes points off."
    if told.inactive_days is None:
        return Table("inactivity", rules, ("This source tells no own actions of leads.", note))
    matured = joined.matured
    rows: list[Row] = [
        row("inactivity", "conversion", ("inactivity", name), conversion(inside, measure))
        for name, inside in _by_days(matured, measure.review.inactive_days)
    ]
    return Table("inactivity", [*rows, *rules], (
        "Days from the lead's last own action to its first score of the quarter; e-mails sent and calls are none. "
        "Silent leads have often lost interest already: that is whom silence marks, not what silence does.",
        note,
    ))  # fmt: skip


def span_names(borders: list[float]) -> list[str]:
    """Return the names of the stretches of days, shortest first.

    Examples
    --------
    >>> span_names([7, 30])
    ['0 to 7 days', '7 to 30 days', '30 days and more']
    """
    ends = [0.0, *borders]
    inner = [f"{low:g} to {high:g} days" for low, high in zip(ends[:-1], ends[1:], strict=True)]
    return [*inner, f"{ends[-1]:g} days and more"]


def _by_days(looks: pd.DataFrame, borders: list[float]) -> list[tuple[str, pd.DataFrame]]:
    """Return the looks of each stretch, empty ones too, and of leads without any action; a border begins a stretch."""
    days = looks["inactive_days"]
    names = span_names(borders)
    place = np.searchsorted(borders, days.fillna(0.0).to_numpy(), side="right")
    known = days.notna().to_numpy()
    inside = [(name, looks.loc[known & (place == i)]) for i, name in enumerate(names)]
    return [*inside, (NONE_SO_FAR, looks.loc[~known])]
