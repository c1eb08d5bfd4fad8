"""What reading an export gives: the tables, what went in, what was refused and what was odd."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from leadscore.adapters.sieve import Count
from leadscore.domain.mapping import Property


@dataclass(frozen=True)
class InputFile:
    """One file as it was read: path below the export's folder, size and hash on disk, its rows."""

    path: str
    bytes: int
    sha256: str
    rows: int


@dataclass(frozen=True)
class Export:
    """An export as tables (`domain.schemas`), and what there is to say about it.

    Attributes
    ----------
    leads, events, outcomes, feedback, nps, rejected
        Tables, sorted by lead (and time). A lead without a row in `outcomes` is unknown: its
        outcome was refused; it must be neither trained on nor scored.
    observed_until
        Until when the export tells what happened; None where it holds no times.
    inputs, counts
        Files read; and where each file's rows went.
    warnings
        What was taken in spite of an oddity, one line each.
    properties
        The properties of `leads`.
    event_labels, engagement_types
        How a rep would read each event type; and the types that the lead did itself.
    """

    leads: pd.DataFrame
    events: pd.DataFrame
    outcomes: pd.DataFrame
    feedback: pd.DataFrame
    nps: pd.DataFrame
    rejected: pd.DataFrame
    observed_until: pd.Timestamp | None
    inputs: tuple[InputFile, ...]
    counts: tuple[Count, ...]
    warnings: tuple[str, ...]
    properties: tuple[Property, ...]
    event_labels: dict[str, str]
    engagement_types: tuple[str, ...]
