"""Opens and clicks that no person made: security scanners and link prefetchers, flagged and left out.

It judges by the lead's own events alone. A click is known only once every event that can speak
against it is: `settle_seconds` after it happened, and that is its time in the screened log.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from dataclasses import astuple, dataclass, fields, replace

import numba as nb
import numpy as np
import numpy.typing as npt

from leadscore.domain.settings import BotSettings
from leadscore.history.log import Code, EventLog, Int, Mask

Bits = npt.NDArray[np.uint8]

RULES = ("instant", "unopened", "burst", "honeypot")
_INSTANT, _UNOPENED, _BURST, _HONEYPOT = (1 << i for i in range(len(RULES)))
_SENT, _OPENED, _CLICKED = 1, 2, 3
_LONG_AGO = -(2**62)
_NEVER = -1  # no span is below 0 seconds


@dataclass(frozen=True)
class BotCount:
    """Events of one type: how many there are, how many were flagged, and by which rule.

    An event may be flagged by several rules, so the rules' counts may add up to more than `flagged`.
    """

    type: str
    seen: int
    flagged: int
    instant: int
    unopened: int
    burst: int
    honeypot: int


@dataclass(frozen=True)
class Screened:
    """The log without the events that no person made, and how many there were; one count a type."""

    log: EventLog
    counts: tuple[BotCount, ...]


def screen(log: EventLog, settings: BotSettings, *, declared: Collection[str]) -> Screened:
    """Leave out opens and clicks that no person made; clicks are known `settle_seconds` later.

    Parameters
    ----------
    log
        Events of all leads, or of a batch of whole leads: the result is the same.
    declared
        Event types that the source's mapping declares, whether or not this batch holds them. Where
        opens are declared, a click without one says something.

    Returns
    -------
    Screened
        `log` itself where the screen is off or the log holds no opens and no clicks.
    """
    role = _roles(log.types, settings)
    if not settings.enabled or not bool((role >= _OPENED).any()):
        return Screened(log, ())
    bits = flags(log, settings, declared=declared)
    counts = np.zeros((len(log.types), 2 + len(RULES)), dtype=np.int64)
    _tally(log.type_code, role, bits, counts)
    take, start = np.empty(len(log.time), dtype=np.int64), np.empty_like(log.start)
    time = np.empty_like(log.time)
    n = _settle(
        log.start, log.time, log.type_code, role, bits, settings.settle_seconds, take, time, start
    )
    take = take[:n]
    screened = replace(
        log,
        start=start,
        time=time[:n],
        type_code=log.type_code[take],
        subject_code=log.subject_code[take],
        value=log.value[take],
    )
    watched = np.flatnonzero(role >= _OPENED)
    return Screened(screened, tuple(BotCount(log.types[i], *counts[i].tolist()) for i in watched))


def flags(log: EventLog, settings: BotSettings, *, declared: Collection[str]) -> Bits:
    """Return uint8[n_events]: bit i is set where rule `RULES[i]` says that no person did this."""
    bits = np.zeros(len(log.time), dtype=np.uint8)
    spans = (
        _seconds(settings.instant_open_seconds),
        _seconds(settings.instant_click_seconds),
        _seconds(settings.unopened_click_seconds if set(settings.opened) & set(declared) else None),
        _seconds(settings.burst_seconds),
        settings.honeypot_seconds,
    )
    traps = _traps(log.subjects, settings.honeypots)
    role = _roles(log.types, settings)
    _flag(
        log.start, log.time, log.type_code, log.subject_code, role, traps, bool(traps.any()),
        spans, settings.burst_links, bits,
    )  # fmt: skip
    return bits


def summed(batches: Iterable[Iterable[BotCount]]) -> tuple[BotCount, ...]:
    """Add up the counts of several batches: one count a type, sorted by type."""
    total: dict[str, list[int]] = {}
    for count in (count for batch in batches for count in batch):
        kind, *numbers = astuple(count)
        sums = total.setdefault(kind, [0] * (len(fields(BotCount)) - 1))
        total[kind] = [a + b for a, b in zip(sums, numbers, strict=True)]
    return tuple(BotCount(kind, *numbers) for kind, numbers in sorted(total.items()))


def _seconds(span: int | None) -> int:
    return _NEVER if span is None else span


def _roles(types: tuple[str, ...], settings: BotSettings) -> Bits:
    """Return uint8[n_types]: what each type is to the rules, 0 for nothing."""
    named = {_SENT: settings.sent, _OPENED: settings.opened, _CLICKED: settings.clicked}
    role = {kind: number for number, kinds in named.items() for kind in kinds}
    return np.array([role.get(kind, 0) for kind in types], dtype=np.uint8)


def _traps(subjects: tuple[str, ...], patterns: list[str]) -> Mask:
    """Return bool[n_subjects + 1]: subjects that hold a honeypot's text, case-blind; last: none."""
    found = np.zeros(len(subjects) + 1, dtype=np.bool_)
    if patterns:
        wanted = re.compile("|".join(map(re.escape, patterns)), re.IGNORECASE)
        found[:-1] = [wanted.search(subject) is not None for subject in subjects]
    return found


@nb.njit(cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _flag(
    start: Int, time: Int, kind: Code, subject: Code, role: Bits, traps: Mask, has_traps: bool,
    spans: tuple[int, int, int, int, int], n_links: int, bits: Bits,
) -> None:  # fmt: skip
    """Set the bits of every lead's opens and clicks."""
    in_window = np.zeros(len(traps), dtype=np.int64)
    for lead in range(len(start) - 1):
        lo, hi = start[lead], start[lead + 1]
        n_clicks = _since_send(lo, hi, time, kind, role, spans[:3], bits)
        if n_clicks >= n_links and spans[3] >= 0:
            _bursts(lo, hi, time, kind, subject, role, spans[3], n_links, in_window, bits)
        if n_clicks > 0 and has_traps:
            _trapped(lo, hi, time, kind, subject, role, traps, spans[4], bits)


@nb.njit(cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _since_send(
    lo: int, hi: int, time: Int, kind: Code, role: Bits, spans: tuple[int, int, int], bits: Bits
) -> int:
    """Judge by the last send and the last open that a person made; return the number of clicks.

    All events of a second are known in that second: sends first, then opens, then clicks.
    """
    instant_open, instant_click, unopened = spans
    sent, opened, n_clicks, first = _LONG_AGO, _LONG_AGO, 0, lo
    while first < hi:
        now, last = time[first], first
        while last < hi and time[last] == now:
            if role[kind[last]] == _SENT:
                sent = now
            last += 1
        for i in range(first, last):
            if role[kind[i]] == _OPENED:
                if now - sent <= instant_open:
                    bits[i] |= _INSTANT
                else:
                    opened = now
        for i in range(first, last):
            if role[kind[i]] == _CLICKED:
                n_clicks += 1
                if now - sent <= instant_click:
                    bits[i] |= _INSTANT
                if now - sent <= unopened < now - opened:
                    bits[i] |= _UNOPENED
        first = last
    return n_clicks


@nb.njit(cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _bursts(
    lo: int, hi: int, time: Int, kind: Code, subject: Code, role: Bits, span: int, n_links: int,
    in_window: Int, bits: Bits,
) -> None:  # fmt: skip
    """Flag all clicks of a window of `span` seconds that holds clicks on `n_links` different links.

    Clicks without a link (-1, the last place of `in_window`) count as one link: a double click is
    no burst. `in_window` is empty before and after.
    """
    tail, flagged, n_different = lo, lo, 0
    for i in range(lo, hi):
        if role[kind[i]] != _CLICKED:
            continue
        if in_window[subject[i]] == 0:
            n_different += 1
        in_window[subject[i]] += 1
        while time[tail] < time[i] - span:
            if role[kind[tail]] == _CLICKED:
                in_window[subject[tail]] -= 1
                if in_window[subject[tail]] == 0:
                    n_different -= 1
            tail += 1
        if n_different >= n_links:
            for j in range(max(tail, flagged), i + 1):
                if role[kind[j]] == _CLICKED:
                    bits[j] |= _BURST
            flagged = i + 1
    for i in range(tail, hi):
        if role[kind[i]] == _CLICKED:
            in_window[subject[i]] = 0


@nb.njit(cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _trapped(
    lo: int, hi: int, time: Int, kind: Code, subject: Code, role: Bits, traps: Mask, span: int,
    bits: Bits,
) -> None:  # fmt: skip
    """Flag clicks on a link that no person sees, and those up to `span` seconds before or after."""
    last, trapped = lo, _LONG_AGO
    for i in range(lo, hi):
        if role[kind[i]] != _CLICKED:
            continue
        if traps[subject[i]]:
            trapped = time[i]
            j = i
            while j >= last and time[j] >= trapped - span:
                if role[kind[j]] == _CLICKED:
                    bits[j] |= _HONEYPOT
                j -= 1
            last = i
        elif time[i] - trapped <= span:
            bits[i] |= _HONEYPOT


@nb.njit(cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _tally(kind: Code, role: Bits, bits: Bits, counts: Int) -> None:
    """Count per type: seen, flagged, and flagged by each rule."""
    for i in range(len(kind)):
        if role[kind[i]] >= _OPENED:
            counts[kind[i], 0] += 1
            if bits[i]:
                counts[kind[i], 1] += 1
                for rule in range(counts.shape[1] - 2):
                    counts[kind[i], 2 + rule] += (bits[i] >> rule) & 1


@nb.njit(cache=True)  # type: ignore[untyped-decorator]  # numba ships no types
def _settle(
    start: Int, time: Int, kind: Code, role: Bits, bits: Bits, settle: int,
    take: Int, new_time: Int, new_start: Int,
) -> int:  # fmt: skip
    """Merge each lead's kept clicks, `settle` seconds later, into its other kept events.

    Returns how many events are kept; equal times go by type, as in `EventLog.from_table`.
    """
    n = 0
    new_start[0] = 0
    for lead in range(len(start) - 1):
        end = start[lead + 1]
        other = click = start[lead]
        while True:
            while other < end and (bits[other] or role[kind[other]] == _CLICKED):
                other += 1
            while click < end and (bits[click] or role[kind[click]] != _CLICKED):
                click += 1
            if other == end and click == end:
                break
            is_click = click < end
            if is_click and other < end:
                known = time[click] + settle
                is_click = known < time[other] or (
                    known == time[other] and kind[click] < kind[other]
                )
            at = click if is_click else other
            take[n] = at
            new_time[n] = time[at] + settle if is_click else time[at]
            n += 1
            if is_click:
                click += 1
            else:
                other += 1
        new_start[lead + 1] = n
    return n
