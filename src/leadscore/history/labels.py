"""Labels: won within the horizon, or not, or not yet known. Not yet is not no.

A look at `as_of` is labelled by what happened in ``(as_of, as_of + horizon]``. It is mature when that
window is over at the moment of the export. A lead that closed early does not mature alone: of the
looks of one date either all are known or none, else closed leads would stand for all. Where a lead has
several outcomes in the window, `several` says which one counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.history.episodes import Closings
from leadscore.history.log import DAY, Int, to_seconds

Several = Literal["first", "any"]
"""Of several outcomes within the horizon the first one decides, or any win counts."""


def label(
    looks: pd.DataFrame,
    outcomes: pd.DataFrame,
    *,
    horizon_days: int,
    until: pd.Timestamp,
    several: Several = "first",
) -> pd.DataFrame:
    """Add `label` (1.0 won, 0.0 not, NaN immature), `is_mature` and the outcome to looks with dates.

    `closed_after_days` tells when the outcome that decides came, as far as known (NaN: not in the horizon),
    `closed_won` whether it was a win: what a label says at any earlier moment follows from these.

    Parameters
    ----------
    looks
        Columns lead_id, as_of; grain (lead_id, as_of), every lead open at as_of.
    outcomes
        Table of `domain.schemas`; a reopened lead has several rows.
    until
        Moment of the export (UTC): nothing is known after it.
    several_outcomes
        ``first``: a lead that is lost, reopened and won within the horizon is not won; ``any``: it is.
    """
    as_of = to_seconds(looks["as_of"])
    end = as_of + horizon_days * DAY
    closed, won = deciding(Closings.of(outcomes), looks["lead_id"], as_of, several=several)
    is_mature = end <= until.timestamp()
    won_in_time = won & (closed <= end)
    is_told = closed <= np.minimum(until.timestamp(), end)
    return looks.assign(
        label=np.where(is_mature, won_in_time.astype(float), np.nan),
        is_mature=is_mature,
        closed_after_days=np.where(is_told, (closed - as_of) / DAY, np.nan),
        closed_won=won & is_told,
    )


def deciding(
    closings: Closings, lead_id: pd.Series, as_of: Int, *, several: Several
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.bool_]]:
    """Return when the outcome falls that decides each look (epoch seconds, inf: none), and if it is won."""
    return (closings.wins() if several == "any" else closings).after(lead_id, as_of)


def label_wide(looks: pd.DataFrame, outcomes: pd.DataFrame) -> pd.DataFrame:
    """Label looks without dates: closed leads are mature, open ones are not; see `label`."""
    status = looks[["lead_id"]].merge(
        outcomes[["lead_id", "status"]], how="left", on="lead_id", validate="many_to_one"
    )["status"]
    is_mature = status.isin(["won", "lost"]).to_numpy()
    won = (status == "won").to_numpy()
    return looks.assign(
        label=np.where(is_mature, won.astype(float), np.nan),
        is_mature=is_mature,
        closed_after_days=np.nan,
        closed_won=won,
    )


@dataclass(frozen=True)
class Fates:
    """What became of looks: ``looks == won + lost + undecided + immature``, always.

    Attributes
    ----------
    won, lost, undecided
        Mature looks: label 1; label 0 with a loss within the horizon; nothing happened within it.
    immature
        Looks whose horizon is not over; in a source without dates, looks at open leads.
    several_outcomes
        Mature looks with more than one outcome within the horizon, where `label.several` decides.
    reopened
        Leads with more than one episode.
    """

    won: int
    lost: int
    undecided: int
    immature: int
    several_outcomes: int
    reopened: int


def fates(labelled: pd.DataFrame, outcomes: pd.DataFrame, *, horizon_days: int | None) -> Fates:
    """Count what became of labelled looks (None: a source without dates)."""
    mature = labelled.loc[labelled["is_mature"]]
    won = (mature["label"] == 1).to_numpy()
    n_outcomes = np.ones(len(mature), dtype=np.int64)
    if horizon_days is not None:
        as_of = to_seconds(mature["as_of"])
        n_outcomes = Closings.of(outcomes).number(
            mature["lead_id"], after=as_of, until=as_of + horizon_days * DAY
        )
    return Fates(
        won=int(won.sum()),
        lost=int((~won & (n_outcomes > 0)).sum()),
        undecided=int((n_outcomes == 0).sum()),
        immature=len(labelled) - len(mature),
        several_outcomes=int((n_outcomes > 1).sum()),
        reopened=int(outcomes.loc[outcomes["lead_id"].duplicated(), "lead_id"].nunique()),
    )
