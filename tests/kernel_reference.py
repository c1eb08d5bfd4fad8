"""What each primitive means, in plain Python: slow, obvious, one lead and one look at a time.

An event is known from its second on. A window of w days before `as_of` is ``(as_of - w, as_of]``, w
rounded to whole seconds. Nothing here may be clever: this is what the kernel is held against.
"""

import math
from dataclasses import dataclass

DAY = 86_400


@dataclass(frozen=True)
class Event:
    """One event of the lead; `time` in epoch seconds, `subject` and `value` None where missing."""

    time: int
    type: str
    subject: str | None = None
    value: float | None = None


def chosen(events, *, types=None, subject=None):
    """Return events of these types whose subject holds that text, whatever its case."""
    return [
        e
        for e in events
        if (types is None or e.type in types)
        and (subject is None or (e.subject is not None and subject.lower() in e.subject.lower()))
    ]


def in_window(events, as_of, within_days):
    """Return the events of the window; without `within_days` all so far."""
    since = -math.inf if within_days is None else as_of - round(within_days * DAY)
    return [e for e in events if since < e.time <= as_of]


def in_order(events):
    """Return events by time; those of one second by type, subject and value, missing ones first."""
    return sorted(
        events,
        key=lambda e: (
            e.time,
            e.type,
            (e.subject is not None, e.subject or ""),
            (e.value is not None, e.value or 0.0),
        ),
    )


def pauses(events):
    """Return (event, seconds since the one before it) for all events but the first."""
    ordered = in_order(events)
    return [(e, e.time - ordered[i].time) for i, e in enumerate(ordered[1:])]


def count(events, as_of, *, within_days=None):
    return len(in_window(events, as_of, within_days))


def recency(events, as_of):
    past = in_window(events, as_of, None)
    return (as_of - max(e.time for e in past)) / DAY if past else math.nan


def first(events, as_of):
    past = in_window(events, as_of, None)
    return (as_of - min(e.time for e in past)) / DAY if past else math.nan


def decayed_sum(events, as_of, *, half_life_days):
    ages = [(as_of - e.time) / DAY for e in in_window(events, as_of, None)]
    return sum(0.5 ** (age / half_life_days) for age in ages)


def active_days(events, as_of, *, within_days=None):
    return len({e.time // DAY for e in in_window(events, as_of, within_days)})


def sessions(events, as_of, *, apart_minutes, within_days=None):
    """A session begins with the very first event, and with each one after a long enough pause."""
    begins = in_order(events)[:1]
    begins += [e for e, pause in pauses(events) if pause >= round(apart_minutes * 60)]
    return len(in_window(begins, as_of, within_days))


def longest_gap(events, as_of, *, within_days=None):
    """Both events of a pause lie in the window; what is after the last one is no pause yet."""
    lengths = [pause for _, pause in pauses(in_window(events, as_of, within_days))]
    return max(lengths) / DAY if lengths else math.nan


def returns(events, as_of, *, gap_days, apart_minutes=0.0, within_days=None):
    back = [
        e
        for e, pause in pauses(events)
        if round(apart_minutes * 60) <= pause <= round(gap_days * DAY)
    ]
    return len(in_window(back, as_of, within_days))


def trend(events, as_of, *, within_days):
    window = round(within_days * DAY)
    last = sum(as_of - window < e.time <= as_of for e in events)
    before = sum(as_of - 2 * window < e.time <= as_of - window for e in events)
    return last - before


def distinct_subjects(events, as_of, *, within_days=None):
    found = {e.subject for e in in_window(events, as_of, within_days)}
    return len(found - {None})


def value_sum(events, as_of, *, within_days=None):
    known = [e.value for e in in_window(events, as_of, within_days) if e.value is not None]
    return math.fsum(known)


def value_last(events, as_of):
    known = [e.value for e in in_order(in_window(events, as_of, None)) if e.value is not None]
    return known[-1] if known else math.nan


def ratio(events, as_of, *, per, within_days=None):
    by = count(per, as_of, within_days=within_days)
    return count(events, as_of, within_days=within_days) / by if by else math.nan


def co_occurrence(events, as_of, *, beside, within_hours, within_days=None):
    """Both have happened by `as_of`; no event is company to itself."""
    known = in_window(beside, as_of, None)
    return sum(
        any(o is not e and abs(o.time - e.time) <= round(within_hours * 3_600) for o in known)
        for e in in_window(events, as_of, within_days)
    )


PRIMITIVES = {
    f.__name__: f
    for f in (
        count, recency, first, decayed_sum, active_days, sessions, longest_gap, returns, trend,
        distinct_subjects, value_sum, value_last, ratio, co_occurrence,
    )
}  # fmt: skip


def answers(line, events, as_of, *, engagement=()):
    """Return what a declared line says of one lead: a number per window or half-life.

    `line` is the line of `features.events` as a dict; `of` names one kind of event, not ``each``.
    """
    options = {k: v for k, v in line.items() if k not in ("is", "of")}
    for other in ("per", "beside"):
        if other in options:
            options[other] = _kind(options[other], events, engagement)
    primitive, mine = PRIMITIVES[line["is"]], _kind(line["of"], events, engagement)
    for span in ("within_days", "half_life_days"):
        if span in options:
            spans = options.pop(span)
            spans = spans if isinstance(spans, list) else [spans]
            return [primitive(mine, as_of, **options, **{span: days}) for days in spans]
    return [primitive(mine, as_of, **options)]


def _kind(of, events, engagement):
    if isinstance(of, dict):
        types = of.get("types")
        return chosen(
            events,
            types=[types] if isinstance(types, str) else types,
            subject=of.get("subject"),
        )
    if of == "any":
        return list(events)
    return chosen(events, types=engagement if of == "engagement" else [of])
