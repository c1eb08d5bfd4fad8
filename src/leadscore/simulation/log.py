"""An activity log as plain arrays, before it gets words and dates.

It merges, cuts and sorts; it draws nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from leadscore.simulation.vocabulary import (
    ACTIVITIES,
    CAMPAIGNS,
    DOCUMENTS,
    FORMS,
    PAGES,
    WEBINARS,
)
from leadscore.simulation.weeks import Flags, Indices

SUBJECTS = (*PAGES, *CAMPAIGNS, *DOCUMENTS, *WEBINARS, *FORMS)
"""Every value of `Subject` in events.csv."""
_CODES = {word: code for words in (ACTIVITIES, SUBJECTS) for code, word in enumerate(words)}


@dataclass(frozen=True)
class Log:
    """Events of a block, one row each.

    Parameters
    ----------
    lead : position of the lead in its block
    time : seconds since the start of the history
    activity : position in `ACTIVITIES`
    subject : position in `SUBJECTS`, -1 for none
    value : seconds on page, -1 for none
    is_robot : no person did it; no CRM column shows this
    """

    lead: Indices
    time: Indices
    activity: Indices
    subject: Indices
    value: Indices
    is_robot: Flags

    def __len__(self) -> int:
        """Return the number of events."""
        return len(self.lead)

    @classmethod
    def of(
        cls,
        lead: Indices,
        time: Indices,
        activity: str,
        subject: Indices | None,
        *,
        is_robot: bool = False,
    ) -> Log:
        """Return a log of one kind of activity without values."""
        none = np.full(len(lead), -1)
        return cls(
            lead=lead,
            time=time,
            activity=np.full(len(lead), code_of(activity)),
            subject=none if subject is None else subject,
            value=none,
            is_robot=np.full(len(lead), is_robot),
        )


def code_of(word: str) -> int:
    """Return the position of an activity or a subject in its list."""
    return _CODES[word]


def codes_of(words: Sequence[str]) -> Indices:
    """Return the positions of several activities or subjects."""
    return np.array([_CODES[word] for word in words])


def merged(logs: Sequence[Log], *, first: Indices, end: Indices) -> Log:
    """Put logs together, keep [first, end) of each lead, sort by lead and time.

    Parameters
    ----------
    first, end : first second and end (excluded) by lead, seconds since the start of the history

    Returns
    -------
    Log
        Events outside a lead's life never happened and are not counted.
    """
    lead = np.concatenate([log.lead for log in logs])
    time = np.concatenate([log.time for log in logs])
    keep = np.flatnonzero((time >= first[lead]) & (time < end[lead]))
    order = keep[np.lexsort((time[keep], lead[keep]))]
    return Log(
        lead=lead[order],
        time=time[order],
        activity=np.concatenate([log.activity for log in logs])[order],
        subject=np.concatenate([log.subject for log in logs])[order],
        value=np.concatenate([log.value for log in logs])[order],
        is_robot=np.concatenate([log.is_robot for log in logs])[order],
    )
