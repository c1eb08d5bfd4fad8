"""Which moments satisfy a condition of the grid, and how fresh the latest matching event is.

Everything is computed for all moments at once, on the kernel's primitives and on the distinct
values of a property. It knows no points.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.domain.conditions import (
    AllOf,
    AnyOf,
    Condition,
    EventTest,
    InactiveTest,
    NotOf,
    PropertyTest,
    leaves,
)
from leadscore.domain.errors import InputError
from leadscore.history.kernel import Chain, Selection, Sweep
from leadscore.history.log import Float, Int, Mask
from leadscore.history.titles import fold, has_words

PASSIVE = ("email_sent", "call", "bounce", "unsubscribe")
"""Events done to a lead or against us; they are no engagement unless a rule names them."""

_TRUE_WORDS = frozenset({"true", "yes", "oui", "1"})
_FALSE_WORDS = frozenset({"false", "no", "non", "0"})


@dataclass(frozen=True)
class Evidence:
    """What conditions are judged on: a row of `properties` per moment, and the events seen at them.

    `engagement` are the event types that end inactivity (None: all but `PASSIVE`); `vocabulary` the
    types the source can produce at all (None: unknown).
    """

    properties: pd.DataFrame
    sweep: Sweep | None
    engagement: tuple[str, ...] | None = None
    vocabulary: tuple[str, ...] | None = None
    _coded: dict[str, tuple[Int, list[str]]] = field(default_factory=dict)
    _silent: list[Float] = field(default_factory=list)

    def texts(self, name: str) -> tuple[Int, list[str]]:
        """Return codes (-1 missing) into the distinct folded texts of a property; remembered."""
        if name not in self._coded:
            codes, distinct = pd.factorize(self.properties[name])
            self._coded[name] = (codes.astype(np.int64), [fold(str(value)) for value in distinct])
        return self._coded[name]

    def engaging(self) -> list[str]:
        """Return the event types that count as engagement."""
        if self.engagement is not None:
            return list(self.engagement)
        if self.sweep is None:
            return []
        return [kind for kind in self.sweep.log.types if kind not in PASSIVE]

    def silent_days(self) -> Float:
        """Return days since the latest engagement, at most since creation; remembered."""
        if not self._silent:
            self._silent.append(_since(self, self.engaging()))
        return self._silent[0]


@dataclass(frozen=True)
class Match:
    """`holds` bool[n]; `age_days` float64[n] of the latest matching event, NaN without one."""

    holds: Mask
    age_days: Float


def lacking(condition: Condition, evidence: Evidence) -> list[str]:
    """Name what the source lacks to judge a condition; empty when it can be judged.

    An event test lacks its types only if the source can produce none of them.
    """
    absent: list[str] = []
    for leaf in leaves(condition):
        if isinstance(leaf, PropertyTest):
            absent += [leaf.property] if leaf.property not in evidence.properties else []
            continue
        if evidence.sweep is None:
            absent.append("events")
        types = leaf.event if isinstance(leaf, EventTest) else leaf.events
        known = evidence.vocabulary
        if types is not None and known is not None and not set(types) & set(known):
            absent += types
        if isinstance(leaf, InactiveTest) and "age_days" not in evidence.properties:
            absent.append("age_days")
    return list(dict.fromkeys(absent))


def judge(condition: Condition, evidence: Evidence) -> Match:
    """Judge a condition for every moment; nothing it needs may be lacking.

    Raises
    ------
    InputError
        ``wrong-kind``: a numeric test meets a property of texts, or words meet numbers.
    """
    match condition:
        case PropertyTest():
            return _undated(_property(condition, evidence))
        case EventTest():
            return _event(condition, evidence)
        case InactiveTest():
            return _undated(_inactive(condition, evidence))
        case NotOf(not_=part):
            return _undated(~judge(part, evidence).holds)
        case AllOf(all_=parts):
            judged = [judge(part, evidence) for part in parts]
            holds = np.logical_and.reduce([m.holds for m in judged])
        case AnyOf(any_=parts):
            judged = [judge(part, evidence) for part in parts]
            holds = np.logical_or.reduce([m.holds for m in judged])
    age = np.fmin.reduce([m.age_days for m in judged])
    return Match(holds, np.where(holds, age, np.nan))


def matching_events(test: EventTest, evidence: Evidence) -> Chain:
    """Return the events that an event test speaks of, whatever their age."""
    chain = _sweep(evidence).chain(Selection(tuple(test.event), test.subject))
    if test.repeated_within_days is None:
        return chain
    return chain.returning(gap_days=test.repeated_within_days, apart_minutes=test.apart_minutes)


def count_events(test: EventTest, evidence: Evidence) -> Float:
    """Count the matching events in the test's window, per moment."""
    return _counted(matching_events(test, evidence), test)


def sum_halved(test: EventTest, evidence: Evidence, *, half_life_days: float) -> Float:
    """Sum the matching events, each halved per half-life of its age, per moment."""
    return matching_events(test, evidence).decayed_sum(half_life_days)


def sum_stepped(test: EventTest, evidence: Evidence, *, days: float, loses: float) -> Float:
    """Sum the matching events, each without another `loses` percent per `days` of its age."""
    chain = matching_events(test, evidence)
    total = np.zeros(len(evidence.properties))
    left = 100.0
    for step in range(1, math.ceil(100.0 / loses) + 1):
        # An event younger than `step` steps has the share of this step more than an older one.
        total += min(loses, left) / 100.0 * chain.count(step * days)
        left -= loses
    return total


def _sweep(evidence: Evidence) -> Sweep:
    if evidence.sweep is None:
        raise ValueError("a condition on events was judged without an event log")
    return evidence.sweep


def _undated(holds: Mask) -> Match:
    return Match(holds, np.full(len(holds), np.nan))


def _event(test: EventTest, evidence: Evidence) -> Match:
    chain = matching_events(test, evidence)
    n = _counted(chain, test)
    holds = n >= test.at_least
    if test.at_most is not None:
        holds &= n <= test.at_most
    if test.before_days is not None:  # the latest event may be younger than those meant
        return _undated(holds)
    return Match(holds, np.where(holds, chain.recency_days(), np.nan))


def _counted(chain: Chain, test: EventTest) -> Float:
    n = chain.count(test.within_days)
    return n if test.before_days is None else n - chain.count(test.before_days)


def _inactive(test: InactiveTest, evidence: Evidence) -> Mask:
    silent = evidence.silent_days() if test.events is None else _since(evidence, test.events)
    return np.asarray(silent >= test.inactive_days)


def _since(evidence: Evidence, types: Sequence[str]) -> Float:
    """Return days since the latest event of these types, at most since creation."""
    chain = _sweep(evidence).chain(Selection(tuple(types)))
    age = evidence.properties["age_days"].to_numpy(dtype=np.float64)
    return np.asarray(np.fmin(chain.recency_days(), age))


def _property(test: PropertyTest, evidence: Evidence) -> Mask:
    column = evidence.properties[test.property]
    if test.missing is not None:
        return np.asarray(column.isna().to_numpy(dtype=np.bool_) == test.missing)
    if pd.api.types.is_bool_dtype(column) or pd.api.types.is_numeric_dtype(column):
        return _numbers_pass(test, column.to_numpy(dtype=np.float64, na_value=np.nan))
    codes, distinct = evidence.texts(test.property)
    passes = _text_test(test)
    verdicts: npt.NDArray[np.bool_] = np.array([*map(passes, distinct), False], dtype=np.bool_)
    return verdicts[codes]  # code -1, missing, reads the closing False


def _numbers_pass(test: PropertyTest, values: Float) -> Mask:
    if test.between is not None:
        return (values >= test.between[0]) & (values <= test.between[1])
    if test.at_least is not None:
        return values >= test.at_least
    if test.at_most is not None:
        return values <= test.at_most
    if test.above is not None:
        return values > test.above
    if test.below is not None:
        return values < test.below
    wanted = test.in_ if test.in_ is not None else [test.equals]
    numbers = [value for value in wanted if isinstance(value, (int, float))]
    if len(numbers) < len(wanted):  # also where no value is given: a test of texts
        raise _wrong_kind(test, "holds numbers, the test has words")
    return np.isin(values, np.array(numbers, dtype=np.float64))


def _text_test(test: PropertyTest) -> Callable[[str], bool]:
    """Return the test of one folded text."""
    if isinstance(test.matches, str):
        part = fold(test.matches)
        return lambda text: part in text
    if test.matches is not None:
        return has_words(test.matches)
    if (parts := test.starts_with or test.ends_with) is not None:
        ends = tuple(map(fold, parts))
        if test.starts_with is not None:
            return lambda text: text.startswith(ends)
        return lambda text: text.endswith(ends)
    if isinstance(test.equals, bool):
        return (_TRUE_WORDS if test.equals else _FALSE_WORDS).__contains__
    wanted = test.in_ if test.in_ is not None else [test.equals]
    if test.equals is None and test.in_ is None:
        raise _wrong_kind(test, "holds texts, the test needs numbers")
    return {
        fold(v if isinstance(v, str) else f"{v:g}") for v in wanted if v is not None
    }.__contains__


def _wrong_kind(test: PropertyTest, what: str) -> InputError:
    return InputError(
        "wrong-kind",
        f"property '{test.property}' {what}",
        column=test.property,
        fix="change the rule's test, or the column's `kind` in the source mapping",
    )
