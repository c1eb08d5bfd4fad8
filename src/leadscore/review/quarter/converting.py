"""What matured scores came to: conversion, time to close and value per band, conversion per segment."""

from __future__ import annotations

import numpy as np
import pandas as pd

from leadscore.history.log import DAY, to_seconds
from leadscore.metrics import quantile, total
from leadscore.review.quarter.joined import Joined
from leadscore.review.quarter.rows import (
    Measure,
    Row,
    Table,
    by_score,
    by_segment,
    conversion,
    row,
)

QUARTILES = {"first_quartile": 0.25, "median": 0.5, "third_quartile": 0.75}


def conversions(joined: Joined, measure: Measure) -> Table:
    """Return the share won per tier and band, each lead by its first score of the quarter."""
    rows = [
        row("conversion", "conversion", group, conversion(inside, measure))
        for group, inside in by_score(joined.matured, measure)
    ]
    return Table("conversion", rows)


def segments(joined: Joined, measure: Measure) -> Table:
    """Return the share won per value of each segment the source has."""
    rows = [
        row("segments", "conversion", group, conversion(inside, measure))
        for group, inside in by_segment(joined, joined.matured)
    ]
    lacking = [name for name in measure.review.segments if name not in joined.segments]
    notes = [f"This source has no {' and no '.join(lacking)}."] if lacking else []
    return Table("segments", rows, tuple(notes))


def times_to_close(joined: Joined, measure: Measure) -> Table:
    """Return quartiles of the days to a win, from the score and from the lead's opening."""
    won = joined.matured.loc[joined.matured["label"] == 1]
    closing = to_seconds(won["as_of"]) + won["closed_after_days"].to_numpy() * DAY
    opened = won["opened_at"].dt.as_unit("us").astype("int64").where(won["opened_at"].notna())
    won = won.assign(
        days_from_score=won["closed_after_days"],
        days_from_opening=(closing - opened.astype("float64") / 1_000_000) / DAY,
    )
    rows = [
        row("time_to_close", f"{start}_{name}", group, quantile(days, at, min_leads=least))
        for group, inside in by_score(won, measure)
        for start in ("days_from_score", "days_from_opening")
        for days in [inside[start].dropna()]
        for name, at in QUARTILES.items()
        for least in [measure.review.min_leads]
    ]
    note = (
        f"Wins within {joined.horizon.days} days of the score only: later ones are not seen, so that "
        "slow deals look faster than they are."
    )
    return Table("time_to_close", rows, (note,))


def values(joined: Joined, measure: Measure) -> Table:
    """Return median and total of the won deals' amounts; without amount or below 0 they are counted apart."""
    matured = joined.matured
    is_won = matured["label"] == 1
    counted = matured.assign(amount=matured["amount"].where(is_won & (matured["amount"] >= 0)))
    rows: list[Row] = []
    for group, inside in by_score(counted, measure):
        known = inside["amount"].dropna()
        amounts = inside["amount"].fillna(0.0).to_numpy(dtype=np.float64)
        rows += [
            row("value", "amount_median", group,
                quantile(known, 0.5, min_leads=measure.review.min_leads)),
            row("value", "amount_total", group, total(amounts, n_counted=len(known), **measure.draws)),
        ]  # fmt: skip
    return Table("value", rows, _told_of_amounts(matured.loc[is_won, "amount"]))


def _told_of_amounts(amount: pd.Series) -> tuple[str, ...]:
    """Say what could not be counted of the won deals."""
    told = {
        "without an amount": int(amount.isna().sum()),
        "with an amount below 0": int((amount < 0).sum()),
    }
    left_out = [f"{n:,} won leads {words}" for words, n in told.items() if n]
    zero = int((amount == 0).sum())
    return (
        *([f"Left out: {' and '.join(left_out)}."] if left_out else []),
        *([f"{zero:,} won leads have an amount of 0, which is counted."] if zero else []),
    )
