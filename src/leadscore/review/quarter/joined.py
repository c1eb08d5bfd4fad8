"""Scores of a quarter joined with what became of the leads: one row per lead, by its first look or its last.

A look whose horizon is not over has no outcome, whatever happened since; a lead that is gone from the
export, or that today's export calls closed before its score, has none either. All are counted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.domain.marts import STANDINGS
from leadscore.domain.quarters import Quarter
from leadscore.history.episodes import open_spans
from leadscore.history.labels import Several, label
from leadscore.history.log import DAY, to_seconds

Basis = Literal["issued", "out of time"]
MATURED, WAITING, UNKNOWN, CLOSED_BEFORE = STANDINGS
LOOK = ["lead_id", "as_of", "score", "probability", "tier", "explore"]


@dataclass(frozen=True)
class Horizon:
    """What counts as won: days after the score, which of several outcomes, and until when they are known."""

    days: int
    several: Several
    until: pd.Timestamp


@dataclass(frozen=True)
class Joined:
    """A quarter's scores with their outcomes.

    Attributes
    ----------
    quarter, basis, horizon
        The quarter; whether scores were issued, or are what a training would have said; what counts as won.
    looks
        Looks of the quarter and, as far as read, of the days before it: `LOOK` and band; `explore` is
        1 marked, 0 not, NaN never stamped. Sorted by lead and time.
    first
        One row per lead by its first look of the quarter, with standing, label, closed_after_days,
        closed_won, opened_at and amount (EUR) of the win that decides, inactive_days (since the last own action;
        NaN where none is known) and the segments' columns.
    last
        One row per lead by its last look of the quarter.
    segments
        Names of the segment columns of `first`.
    """

    quarter: Quarter
    basis: Basis
    horizon: Horizon
    looks: pd.DataFrame
    first: pd.DataFrame
    last: pd.DataFrame
    segments: tuple[str, ...] = ()

    @property
    def matured(self) -> pd.DataFrame:
        """First looks whose outcome is known, those marked for exploration apart."""
        known = self.first["standing"] == MATURED
        return self.first.loc[known & (self.first["explore"] != 1)]

    @property
    def waiting(self) -> pd.DataFrame:
        """First looks whose horizon is not over."""
        return self.first.loc[self.first["standing"] == WAITING]

    def counts(self) -> dict[str, int]:
        """Return leads by standing, all leads first."""
        standing = self.first["standing"]
        return {"leads": len(self.first)} | {s: int((standing == s).sum()) for s in STANDINGS}

    def with_inactivity(self, days: npt.NDArray[np.float64] | None) -> Joined:
        """Return the same with days since the last own action beside the first looks; None: nothing is known."""
        return self if days is None else replace(self, first=self.first.assign(inactive_days=days))

    def with_segments(self, columns: pd.DataFrame) -> Joined:
        """Return the same with segments beside the first looks, row by row; a missing value is a level."""
        named = {name: columns[name].fillna("missing").to_numpy() for name in columns.columns}
        first = self.first.assign(**named)
        return replace(self, first=first, segments=tuple(str(name) for name in columns.columns))


def join(
    looks: pd.DataFrame, leads: pd.DataFrame, outcomes: pd.DataFrame, *, quarter: Quarter,
    basis: Basis, horizon: Horizon, bands: list[float],
) -> Joined:  # fmt: skip
    """Join scores with outcomes.

    Parameters
    ----------
    looks
        Columns `LOOK`, grain (lead_id, as_of); some of them in the quarter, none after it.
    leads, outcomes
        Tables of `domain.schemas`, as exported today.
    """
    ordered = looks[LOOK].sort_values(["lead_id", "as_of"], ignore_index=True)
    ordered = ordered.assign(band=band_of(ordered["score"].to_numpy(dtype=np.float64), bands))
    inside = ordered.loc[ordered["as_of"] >= quarter.start]
    first = inside.drop_duplicates("lead_id", keep="first", ignore_index=True)
    last = inside.drop_duplicates("lead_id", keep="last", ignore_index=True)
    labelled = label(
        first, outcomes, horizon_days=horizon.days, until=horizon.until, several=horizon.several
    )
    labelled = labelled.assign(standing=_standing(labelled, leads, outcomes))
    judged = labelled["standing"] == MATURED
    labelled["label"] = labelled["label"].where(judged)
    labelled["inactive_days"] = np.nan
    return Joined(quarter, basis, horizon, ordered, _with_deal(labelled, outcomes), last)


def band_names(bands: list[float]) -> list[str]:
    """Return the names of the score bands, lowest first.

    Examples
    --------
    >>> band_names([40, 60])
    ['0 to 40', '40 to 60', '60 to 100']
    """
    borders = [0.0, *bands, 100.0]
    return [f"{low:g} to {high:g}" for low, high in zip(borders[:-1], borders[1:], strict=True)]


def band_of(score: npt.NDArray[np.float64], bands: list[float]) -> pd.Series:
    """Return the name of each score's band; a score on a border belongs to the band above."""
    names = np.array(band_names(bands), dtype=object)
    return pd.Series(names[np.searchsorted(bands, score, side="right")], dtype="str")


def _standing(looks: pd.DataFrame, leads: pd.DataFrame, outcomes: pd.DataFrame) -> pd.Series:
    """Return what can be said of each look's outcome."""
    told = set(leads["lead_id"]) & set(outcomes["lead_id"])
    is_told = looks["lead_id"].isin(list(told)).to_numpy()
    words = np.select(
        [~is_told, ~is_open(looks, leads, outcomes), looks["is_mature"].to_numpy(dtype=bool)],
        [UNKNOWN, CLOSED_BEFORE, MATURED],
        WAITING,
    )
    return pd.Series(words, index=looks.index, dtype="str")


def is_open(
    looks: pd.DataFrame, leads: pd.DataFrame, outcomes: pd.DataFrame
) -> npt.NDArray[np.bool_]:
    """Tell of each look whether its lead was open then, as today's export has it."""
    spans = open_spans(leads, outcomes)
    table = pd.DataFrame({
        "lead_id": pd.Series(spans.lead_id, dtype="str"), "start": spans.start, "end": spans.end,
    }).sort_values("start", kind="stable")  # fmt: skip
    asked = pd.DataFrame({
        "lead_id": looks["lead_id"].astype("str").to_numpy(), "at": to_seconds(looks["as_of"]),
        "place": np.arange(len(looks)),
    }).astype({"lead_id": "str"}).sort_values("at", kind="stable")  # fmt: skip
    found = pd.merge_asof(asked, table, left_on="at", right_on="start", by="lead_id")
    is_open = np.zeros(len(looks), dtype=np.bool_)
    is_open[found["place"].to_numpy()] = (found["at"] < found["end"]).to_numpy()
    return is_open


def _with_deal(looks: pd.DataFrame, outcomes: pd.DataFrame) -> pd.DataFrame:
    """Add opened_at and amount of the win that decides; deals closed in one second are one win."""
    wins = outcomes.loc[(outcomes["status"] == "won") & outcomes["closed_at"].notna()]
    deals = wins.assign(closing=to_seconds(wins["closed_at"])).groupby(["lead_id", "closing"])
    deal = deals.agg(opened_at=("opened_at", "min"), amount=("amount", _sum)).reset_index()
    closing = to_seconds(looks["as_of"]) + np.rint(looks["closed_after_days"].fillna(0) * DAY)
    is_won = looks["closed_won"].to_numpy(dtype=bool)
    asked = looks.assign(closing=np.where(is_won, closing, -1).astype(np.int64))
    joined = asked.merge(deal, how="left", on=["lead_id", "closing"], validate="one_to_one")
    return joined.drop(columns="closing")


def _sum(amounts: pd.Series) -> float:
    return float(amounts.sum(min_count=1))
