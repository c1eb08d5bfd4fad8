"""The compiled loops that choose a chain's events: those of some types or subjects, or all by type.

They leave out what no moment can see: events after a lead's last moment, and leads without moments.
"""

from __future__ import annotations

import numpy as np

from leadscore.history.compiled import compiled
from leadscore.history.log import Code, Int, Mask


@compiled
def seen(time: Int, start: Int, moments: Int, moment_start: Int) -> Int:
    """Return, per lead, the end of its events up to its last moment; its start if it has no moment."""
    end = start[:-1].copy()
    for lead in range(len(end)):
        if moment_start[lead + 1] > moment_start[lead]:
            last = moments[moment_start[lead + 1] - 1]
            at = start[lead + 1]
            while at > start[lead] and time[at - 1] > last:
                at -= 1
            end[lead] = at
    return end


@compiled
def pick(
    type_code: Code, subject_code: Code, type_ok: Mask, subject_ok: Mask, start: Int, end: Int
) -> tuple[Int, Int]:
    """Return places of the events whose type and subject are wanted, and their offsets per lead.

    `subject_ok` has one entry more than there are subjects: the last is for events without one.
    """
    at = np.empty(len(type_code), np.int64)
    offsets = np.empty(len(start), np.int64)
    n = 0
    for lead in range(len(end)):
        offsets[lead] = n
        for event in range(start[lead], end[lead]):
            at[n] = event
            n += type_ok[type_code[event]] & subject_ok[subject_code[event]]
    offsets[-1] = n
    return at[:n], offsets


@compiled
def split(
    time: Int, type_code: Code, n_types: int, start: Int, end: Int
) -> tuple[Int, Int, Int]:  # fmt: skip
    """Return events type by type, within a type lead by lead: one pass, however many types there are.

    Returns
    -------
    Places of the events; their times; and int64[n_types, n_leads + 1]: type t of lead i is at
    ``offsets[t, i]:offsets[t, i + 1]``.
    """
    offsets = np.zeros((n_types, len(start)), np.int64)
    for lead in range(len(end)):
        for event in range(start[lead], end[lead]):
            offsets[type_code[event], lead + 1] += 1
    n = 0
    free = np.empty(n_types, np.int64)
    for kind in range(n_types):
        offsets[kind, 0] = free[kind] = n
        for lead in range(len(end)):
            n += offsets[kind, lead + 1]
            offsets[kind, lead + 1] = n
    at, when = np.empty(n, np.int64), np.empty(n, np.int64)
    for lead in range(len(end)):
        for event in range(start[lead], end[lead]):
            place = free[type_code[event]]
            at[place], when[place] = event, time[event]
            free[type_code[event]] = place + 1
    return at, when, offsets
