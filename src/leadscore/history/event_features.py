"""Event features: each declared line becomes columns, named and worded, computed by the kernel.

Names are ``act_<kind>_<what>_<window>``; the unit is in the name (`_count_30d`, `_recency_days`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from leadscore.domain.errors import InputError, nearest
from leadscore.domain.event_features import NO_WINDOW, EventChoice, EventFeature, Primitive
from leadscore.history.facts import ALL_EVENTS, OWN_ACTIONS, Fact, Label, of_choice, of_events
from leadscore.history.kernel import Chain, Selection, Sweep
from leadscore.history.log import Float

Compute = Callable[[Chain, Sweep], Float]


@dataclass(frozen=True)
class EventColumn:
    """One column to be: its name, words with ``{value}``, the kind it is of, its fact, events and computation."""

    name: str
    words: str
    kind: str
    fact: Fact
    selection: Selection
    compute: Compute


@dataclass(frozen=True)
class _Kind:
    name: str
    label: Label
    selection: Selection
    criterion: str


def columns_of(
    declared: Sequence[EventFeature],
    *,
    labels: Mapping[str, str],
    engagement: Collection[str],
) -> list[EventColumn]:
    """Return the columns that the declared lines make on a source, those of one selection together.

    Parameters
    ----------
    labels
        The source's event types and how a rep reads them.
    engagement
        The types that the lead did itself.

    Raises
    ------
    InputError
        ``unknown-event-type``: a line names a type that the mapping lacks (nearest name).
        ``duplicate-feature``: two lines make the same column.
    """
    columns: list[EventColumn] = []
    for line in declared:
        for kind in _kinds(line.of, labels, engagement, line):
            columns += _columns(line, kind, labels, engagement)
    seen: set[str] = set()
    for column in columns:
        if column.name in seen:
            raise InputError(
                "duplicate-feature",
                f"two lines make the column {column.name}",
                file="params.yaml",
                column="features.events",
                fix="delete one, or give an event choice another name",
            )
        seen.add(column.name)
    order = {
        selection: i for i, selection in enumerate(dict.fromkeys(c.selection for c in columns))
    }
    return sorted(columns, key=lambda column: order[column.selection])


def computed(columns: Sequence[EventColumn], sweep: Sweep) -> Iterator[tuple[EventColumn, Float]]:
    """Yield every column with float64[n_moments]; a selection's chain is built once for its columns."""
    chain, of = None, None
    for column in columns:
        if chain is None or column.selection != of:
            chain, of = sweep.chain(column.selection), column.selection
        yield column, column.compute(chain, sweep)


def _kinds(
    of: str | EventChoice,
    labels: Mapping[str, str],
    engagement: Collection[str],
    line: EventFeature,
) -> list[_Kind]:
    if isinstance(of, EventChoice):
        for name in of.types or []:
            _refuse_unknown(name, labels, line)
        types = None if of.types is None else tuple(of.types)
        chosen = Selection(types, of.subject)
        return [_Kind(of.name, Label(of.label), chosen, of_choice(of.name))]
    if of == "each":
        return [_of_type(name, labels) for name in sorted(labels)]
    if of == "engagement":
        own = tuple(sorted(engagement))
        label = Label("Own actions", is_ours=True)
        return [_Kind("any", label, Selection(own), OWN_ACTIONS)] if own else []
    if of == "any":
        return [_Kind("all", Label("Events", is_ours=True), Selection(), ALL_EVENTS)]
    _refuse_unknown(of, labels, line)
    return [_of_type(of, labels)]


def _of_type(name: str, labels: Mapping[str, str]) -> _Kind:
    return _Kind(name, Label(labels[name]), Selection((name,)), of_events(name))


def _refuse_unknown(name: str, labels: Mapping[str, str], line: EventFeature) -> None:
    if name not in labels:
        raise InputError(
            "unknown-event-type",
            f"`is: {line.is_}` names '{name}', no event type of this source",
            file="params.yaml",
            column="features.events",
            fix=f"{nearest(name, labels)}; a profile may declare its own features.events",
        )


def _columns(
    line: EventFeature, kind: _Kind, labels: Mapping[str, str], engagement: Collection[str]
) -> list[EventColumn]:
    """Return the columns of one line for one kind of event, a column a window or half-life."""
    other = line.per or line.beside
    partner = None if other is None else next(iter(_kinds(other, labels, engagement, line)), None)
    if other is not None and partner is None:
        return []  # the source has no engagement to compare with
    spans: Sequence[float | None] = line.half_life_days or line.within_days or [None]
    columns = []
    for days in spans:
        middle, words, compute = _MADE[line.is_](line, partner, days)
        end, span = ("ever", "so far") if days is None else (f"{days:g}d", f"in {days:g} days")
        if line.is_ in NO_WINDOW:
            span = ""
            end = end if line.half_life_days else ""
        if line.is_ == "trend":
            span = ""  # its words name both windows
        name = "_".join(part for part in ("act", kind.name, middle, end) if part)
        told = f"{kind.label.text}: {words} {span}".rstrip()
        fact = _fact(line, kind, partner, days)
        columns.append(
            EventColumn(name.replace(".", "_"), told, kind.name, fact, kind.selection, compute)
        )
    return columns


def _fact(line: EventFeature, kind: _Kind, partner: _Kind | None, days: float | None) -> Fact:
    fact = Fact(line.is_, kind.label, kind.criterion, days, line.gap_days, line.within_hours)
    return fact if partner is None else replace(fact, other=partner.label)


_Made = tuple[str, str, Compute]
"""Middle of the column's name, words with ``{value}``, and the computation."""


def _count(line: EventFeature, partner: _Kind | None, days: float | None) -> _Made:
    return "count", "{value:.0f}", lambda chain, _: chain.count(days)


def _recency(line: EventFeature, partner: _Kind | None, days: float | None) -> _Made:
    return "recency_days", "last {value:.0f} days ago", lambda chain, _: chain.recency_days()


def _first(line: EventFeature, partner: _Kind | None, days: float | None) -> _Made:
    return "first_days", "first {value:.0f} days ago", lambda chain, _: chain.first_days()


def _decayed(line: EventFeature, partner: _Kind | None, days: float | None) -> _Made:
    half_life = days or 1.0
    words = f"{{value:.1f}} recent (half-life {half_life:g} days)"
    return "decayed", words, lambda chain, _: chain.decayed_sum(half_life)


def _active_days(line: EventFeature, partner: _Kind | None, days: float | None) -> _Made:
    return "days", "on {value:.0f} days", lambda chain, _: chain.active_days(days)


def _sessions(line: EventFeature, partner: _Kind | None, days: float | None) -> _Made:
    apart = line.apart_minutes or 0.0
    return (
        f"sessions_{apart:g}m",
        "{value:.0f} visits",
        lambda chain, _: chain.sessions(days, apart_minutes=apart),
    )


def _longest_gap(line: EventFeature, partner: _Kind | None, days: float | None) -> _Made:
    words = "longest pause {value:.1f} days"
    return "longest_gap_days", words, lambda chain, _: chain.longest_gap_days(days)


def _returns(line: EventFeature, partner: _Kind | None, days: float | None) -> _Made:
    gap, apart = line.gap_days or 0.0, line.apart_minutes or 0.0
    return (
        f"returns_{gap:g}d" + (f"_after_{apart:g}m" if apart else ""),
        f"{{value:.0f}} times back within {gap:g} days",
        lambda chain, _: chain.returns(days, gap_days=gap, apart_minutes=apart),
    )


def _trend(line: EventFeature, partner: _Kind | None, days: float | None) -> _Made:
    window = days or 1.0
    words = f"{{value:+.0f}} in {window:g} days against the {window:g} before"
    return "trend", words, lambda chain, _: chain.trend(window)


def _subjects(line: EventFeature, partner: _Kind | None, days: float | None) -> _Made:
    return "subjects", "{value:.0f} different", lambda chain, _: chain.distinct_subjects(days)


def _value_sum(line: EventFeature, partner: _Kind | None, days: float | None) -> _Made:
    return "value", "{value:g} in sum", lambda chain, _: chain.value_sum(days)


def _value_last(line: EventFeature, partner: _Kind | None, days: float | None) -> _Made:
    return "value_last", "newest value {value:g}", lambda chain, _: chain.value_last()


def _ratio(line: EventFeature, partner: _Kind | None, days: float | None) -> _Made:
    per = _known(partner)
    return (
        f"per_{per.name}",
        f"{{value:.0%}} of {per.label.text}",
        lambda chain, sweep: chain.ratio(sweep.chain(per.selection), days),
    )


def _co_occurrence(line: EventFeature, partner: _Kind | None, days: float | None) -> _Made:
    beside, hours = _known(partner), line.within_hours or 0.0
    return (
        f"beside_{beside.name}_{hours:g}h",
        f"{{value:.0f}} within {hours:g} hours of {beside.label.text}",
        lambda chain, sweep: chain.co_occurrence(
            sweep.chain(beside.selection), days, within_hours=hours
        ),
    )


def _known(partner: _Kind | None) -> _Kind:
    if partner is None:
        raise AssertionError("a comparison was declared without its other kind of event")
    return partner


_MADE: dict[Primitive, Callable[[EventFeature, _Kind | None, float | None], _Made]] = {
    "count": _count,
    "recency": _recency,
    "first": _first,
    "decayed_sum": _decayed,
    "active_days": _active_days,
    "sessions": _sessions,
    "longest_gap": _longest_gap,
    "returns": _returns,
    "trend": _trend,
    "distinct_subjects": _subjects,
    "value_sum": _value_sum,
    "value_last": _value_last,
    "ratio": _ratio,
    "co_occurrence": _co_occurrence,
}
