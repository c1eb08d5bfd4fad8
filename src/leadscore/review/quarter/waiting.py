"""Scores whose horizon is not over: what their probabilities promise, never mixed with what came."""

from __future__ import annotations

import pandas as pd

from leadscore.metrics import Figure, expected_wins
from leadscore.review.quarter.joined import Joined
from leadscore.review.quarter.rows import Measure, Table, by_score, few, row


def waiting(joined: Joined, measure: Measure) -> Table:
    """Return the mean probability of immature first looks, with the range the share won is to be expected in."""
    looks = joined.waiting
    known = looks.loc[looks["probability"].notna()]
    rows = [
        row("waiting", "expected_conversion", group, _expected(inside, measure))
        for group, inside in by_score(known, measure)
    ]
    notes = ["Estimated from probabilities, not seen: the horizon of these scores is not over."]
    if hidden := len(looks) - len(known):
        notes.append(f"{hidden:,} of them were issued without a probability and are left out.")
    if joined.basis == "out of time" and len(looks):
        notes.append(
            "The training knew of these leads that they were still open after so many days."
        )
    return Table("waiting", rows, tuple(notes))


def _expected(looks: pd.DataFrame, measure: Measure) -> Figure:
    if (nothing := few(looks, measure)) is not None:
        return nothing
    wins = expected_wins(looks["probability"], n_draws=measure.review.bootstrap, seed=measure.seed)
    n = len(looks)
    return Figure(wins.value / n, wins.low / n, wins.high / n, n, wins.n_won)
