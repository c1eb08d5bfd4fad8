"""What is odd about a manual grid: too many criteria, names nobody knows, changes without a version.

It reads the grid's text, what the source can say, and the grid of the last training; what looks and
outcomes say against it stands in `lint_history`. It mends nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Any, Literal

from leadscore.domain.conditions import (
    AllOf,
    AnyOf,
    Condition,
    EventTest,
    PropertyTest,
    leaves,
    placed_leaves,
)
from leadscore.domain.errors import nearest
from leadscore.domain.rules import Dated, Grid, Rule
from leadscore.history.lexicon import fold
from leadscore.metrics import Figure
from leadscore.scoring.grid.cautions import cautions
from leadscore.scoring.grid.checks import DERIVED
from leadscore.scoring.grid.reading import dated
from leadscore.scoring.grid.versions import changed_without_version
from leadscore.scoring.grid.vocabulary import Vocabulary, unknown_names

Severity = Literal["error", "warning", "note"]

_SAID = {"words", "owner", "reason", "reference"}  # words, no points


@dataclass(frozen=True)
class Finding:
    """One thing that is odd: the check's name, the rule (None: the grid), the evidence, the mend."""

    severity: Severity
    check: str
    rule: str | None
    evidence: str
    fix: str


@dataclass(frozen=True)
class Limits:
    """From where on something is odd.

    Attributes
    ----------
    criteria
        Most rules in force: people do not keep more in mind, and outcomes do not tell more apart.
    jaccard
        Share of looks with either rule that have both, from which two rules say the same.
    phi
        Correlation of two rules from which they say the same.
    min_leads
        Rules that hold for fewer leads are hardly ever true, and no rate is told of them.
    """

    criteria: int = 8
    jaccard: float = 0.8
    phi: float = 0.9
    min_leads: int = 30


@dataclass(frozen=True)
class Known:
    """What is known of the source.

    Attributes
    ----------
    names
        Properties, event types, and words of closed lists.
    texts
        Texts seen in the properties that hold texts.
    filled
        Share of leads of whom a property is known.
    """

    names: Vocabulary
    texts: Mapping[str, Sequence[str]]
    filled: Mapping[str, Figure]


def lint_text(
    grid: Grid,
    *,
    day: date,
    limits: Limits,
    known: Known | None = None,
    trained: Grid | None = None,
    clipped: Figure | None = None,
) -> list[Finding]:
    """Return what is odd about the text of a grid on a day, criteria in the grid's order.

    Parameters
    ----------
    day
        Whose rules count as in force.
    known
        None: the source is not known, so no name is judged.
    trained
        The grid of the last training; one with another name is not compared.
    clipped
        Share of looks whose sum is below 0, where looks are known.
    """
    now = dated(grid, day)
    found = [*_size(now, day, limits), *_reach(grid, day), *_negatives(now, clipped)]
    if known is not None:
        found += [*_names(now, known.names), *_values(now, known)]
    found += _without_rest(now, {} if known is None else known.filled)
    if trained is not None and trained.name == grid.name:
        found += _changes(grid, trained)
    return found


def sharing(grid: Grid, day: date) -> Iterator[tuple[Rule, Rule, str]]:
    """Yield the pairs of positive rules in force that count the same event type or property.

    Pairs that a common limit holds together are left out.
    """
    positive = [rule for rule in grid.rules if rule.points > 0 and rule.in_force(day)]
    for one, other in combinations(positive, 2):
        limited = any({one.id, other.id} <= set(limit.rules) for limit in grid.limits)
        common = sorted(set(_counted(one.when)) & set(_counted(other.when)))
        if common and not limited:
            yield one, other, " and ".join(common)


def told(share: Figure) -> str:
    """Return a share with its interval and the leads behind it; small shares with two decimals."""
    digits = 1 if share.value >= 0.01 else 2
    value, low, high = (f"{part:.{digits}%}" for part in (share.value, share.low, share.high))
    return f"{value} [{low}, {high}], {share.n:,} leads"


def _counted(condition: Condition) -> Iterator[str]:
    """Yield what a condition takes as a sign, `not` apart: event types, and sources of properties."""
    match condition:
        case EventTest(event=types):
            yield from (f"event {name}" for name in types)
        case PropertyTest(property=name):
            yield f"property {DERIVED.get(name, name)}"
        case AllOf(all_=parts) | AnyOf(any_=parts):
            for part in parts:
                yield from _counted(part)


def _size(now: Grid, day: date, limits: Limits) -> Iterator[Finding]:
    n = len(now.rules)
    if n > limits.criteria:
        yield Finding(
            "warning", "too-many-criteria", None,
            f"{n} rules are in force on {day}, at most {limits.criteria} can be kept in mind",
            "end the weakest with `until`; `leadscore grid learn` names them",
        )  # fmt: skip


def _reach(grid: Grid, day: date) -> Iterator[Finding]:
    reach = grid.model_copy(update={"version": day}).reach
    for band, points in (("hot", grid.bands.hot), ("warm", grid.bands.warm)):
        if points is None or reach >= points:
            continue
        excused = grid.excerpt is not None
        yield Finding(
            "note" if excused else "error", f"unreachable-{band}", None,
            f"the rules in force on {day} reach {reach} points, {band} is {points}"
            + (f" (excerpt: {grid.excerpt})" if excused else ""),
            f"give more points, raise a cap, or lower bands.{band}",
        )  # fmt: skip


def _negatives(now: Grid, clipped: Figure | None) -> Iterator[Finding]:
    seen = "" if clipped is None else f"; share of looks with a sum below 0: {told(clipped)}"
    for caution in cautions(now):
        evidence, _, fix = caution.partition(" — ")
        yield Finding("note", "no-floor", None, evidence + seen, fix)


def _names(now: Grid, known: Vocabulary) -> Iterator[Finding]:
    """Tell names the source does not know; an event among others that it knows is a warning only."""
    for unknown in unknown_names(now, known):
        part, place, *_ = (*unknown.path, None)
        owner = None
        if part in ("rules", "disqualifiers") and isinstance(place, int):
            owner = (now.rules if part == "rules" else now.disqualifiers)[place]
        others = False
        if owner is not None and unknown.path[-1] in ("event", "events"):
            tests = dict(placed_leaves(owner.when, unknown.path[:3]))
            leaf = tests.get(unknown.path[:-1])
            types = getattr(leaf, str(unknown.path[-1]), None) or ()
            others = any(name in known.types for name in types)
        evidence, _, fix = unknown.told.partition("; ")
        yield Finding(
            "warning" if others else "error", "unknown-name",
            None if owner is None else owner.id, evidence, fix or "see the source mapping",
        )  # fmt: skip


def _values(now: Grid, known: Known) -> Iterator[Finding]:
    """Tell words compared with a property that no lead has; words of closed lists are names."""
    for criterion in (*now.rules, *now.disqualifiers):
        for test in leaves(criterion.when):
            if not isinstance(test, PropertyTest) or test.property in known.names.words:
                continue
            seen = known.texts.get(test.property)
            asked = test.in_ if test.in_ is not None else [test.equals]
            words = [value for value in asked if isinstance(value, str)]
            folded = {fold(value) for value in seen or ()}
            for word in words if seen is not None else ():
                if fold(word) not in folded:
                    yield Finding(
                        "warning", "unknown-value", criterion.id,
                        f"no lead has '{word}' as {test.property} ({len(seen or ()):,} values seen)",
                        _alike(word, seen or ()),
                    )  # fmt: skip


def _alike(word: str, values: Sequence[str]) -> str:
    """Propose the nearest value; a long list of others helps nobody, and may be personal."""
    hint = nearest(word, values)
    return hint if hint.startswith("did") or len(values) <= 12 else "check its spelling, or drop it"


def _without_rest(now: Grid, filled: Mapping[str, Figure]) -> Iterator[Finding]:
    """Name positive rules on a property that no other criterion speaks of: what of the others."""
    roots = {c.id: set(_properties(c.when)) for c in (*now.rules, *now.disqualifiers)}
    for rule in now.rules:
        others = set[str]().union(*(names for id_, names in roots.items() if id_ != rule.id))
        alone = sorted(roots[rule.id] - others)
        is_plain = all(isinstance(test, PropertyTest) for test in leaves(rule.when))
        if rule.points > 0 and alone and is_plain:
            yield Finding(
                "note", "missing-else", rule.id,
                f"no other criterion speaks of {' or '.join(alone)}: a lead that does not fit and one "
                "of whom it is not known get the same 0"
                + "".join(f"; {n} known of {told(filled[n])}" for n in alone if n in filled),
                "add a rule for the rest, or one with `missing: true`, if they differ",
            )  # fmt: skip


def _properties(condition: Condition) -> Iterator[str]:
    for test in leaves(condition):
        if isinstance(test, PropertyTest):
            yield DERIVED.get(test.property, test.property)


def _changes(grid: Grid, trained: Grid) -> Iterator[Finding]:
    """Compare with the grid of the last training: versions go up, and rules are ended, not changed."""
    if changed := changed_without_version(trained, grid):
        yield Finding(
            "error", "same-version", None,
            f"{', '.join(changed[:5])} changed since the last training (version {trained.version}), "
            f"the version is {grid.version}",
            f"give it a later `version` than {trained.version}",
        )  # fmt: skip
    now = {c.id: c for c in (*grid.rules, *grid.disqualifiers)}
    for old in (*trained.rules, *trained.disqualifiers):
        if old.id not in now:
            yield Finding(
                "warning", "rule-deleted", old.id,
                "the last training knew it, this file does not: earlier days cannot be replayed",
                "put it back and end it with `until`",
            )  # fmt: skip
        elif _content(old, "from_", "until") != _content(now[old.id], "from_", "until"):
            yield Finding(
                "warning", "changed-in-place", old.id,
                "the last training knew it otherwise: earlier days would be replayed by the new rule",
                "end the old rule with `until` and give the new one its own id and a `from`",
            )  # fmt: skip


def _content(criterion: Dated, *left_out: str) -> dict[str, Any]:
    """Return what decides on a criterion's points, words left out, as plain values."""
    return criterion.model_dump(mode="json", exclude={*_SAID, *left_out})
