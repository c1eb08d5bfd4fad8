"""The leakage gate: which columns, ids and events know more of the outcome than anyone knew then.

It looks at tables as exported and names each suspicion with its evidence and the line that would
allow it. It proves nothing about what it does not name; what it could not check is said in the docs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.domain.errors import GateError
from leadscore.domain.mapping import Property
from leadscore.domain.settings import LeakageSettings
from leadscore.history.leakage.changes import Changes, as_of_a_look, rewritten
from leadscore.history.leakage.disguise import in_disguise
from leadscore.history.leakage.events import EventEvidence
from leadscore.history.leakage.ground import Column, Ground, Suspicion
from leadscore.history.leakage.people import about_people
from leadscore.history.leakage.rows import by_place
from leadscore.history.leakage.signal import by_level, by_rank
from leadscore.history.leakage.times import by_times
from leadscore.history.leakage.values import by_values
from leadscore.history.log import EventLog

__all__ = ["EventEvidence", "Finding", "event_evidence", "examine", "single_auc", "stop_on"]


@dataclass(frozen=True)
class Finding:
    """One suspicion: where, which check, evidence in words, what became of it, what would allow it.

    `column` is a property, or a name such as ``lead_id``, ``row``, ``created_at``,
    ``leads:duplicates`` or ``events:TYPE``. `state` is ``stops`` (the run must not go on),
    ``excluded`` (never a feature), ``allowed`` or ``warns``. `allow` is the line for the `leakage`
    block of params.yaml.
    """

    column: str
    check: str
    evidence: str
    state: str
    allow: str = ""


def examine(
    properties: Sequence[Property],
    leads: pd.DataFrame,
    outcomes: pd.DataFrame,
    settings: LeakageSettings,
    *,
    log: EventLog | EventEvidence | None = None,
    changes: pd.DataFrame | None = None,
    until: pd.Timestamp | None = None,
    is_dated: bool = True,
) -> list[Finding]:
    """Examine every mapped property, also the excluded ones, then ids, rows, times and events.

    Parameters
    ----------
    properties
        The mapping's properties: columns of `leads`.
    leads, outcomes
        Tables of `domain.schemas`; a lead with several outcomes counts by its last episode. The
        column `row` (place in the file) is examined where it is there.
    log
        Events of all leads, or the evidence gathered from batches (`event_evidence`).
    changes
        History of properties: lead_id, property, value, known_from (UTC); None where there is none.
        A property with a history is judged as it stood at a look.
    until
        Moment of the export.
    is_dated
        False for wide exports: nothing is read from dates.

    Returns
    -------
    Findings in the order of `properties`, then of the table; a column may have several.
    """
    ground = Ground.of(leads, outcomes, until=until, is_dated=is_dated)
    history = Changes.by_property(changes, ground)
    suspicions, columns = [], []
    for prop in properties:
        values, past = ground.leads[prop.name], history.get(prop.name)
        columns.append(column := Column.of(prop, values))
        seen = column if past is None else Column.of(prop, as_of_a_look(values, past, ground))
        is_as_exported = prop.known == "as_exported" and past is None
        suspicions += by_values(seen, ground, settings, is_as_exported=is_as_exported)
        suspicions += in_disguise(seen, ground, settings)
        suspicions += about_people(column, settings)
        if past is not None:
            suspicions += rewritten(prop, past, ground, settings)
    suspicions += by_place(columns, ground, settings)
    suspicions += by_times(ground, settings)
    if isinstance(log, EventLog):
        gathered = EventEvidence(ground, settings)
        gathered.add(log)
        log = gathered
    suspicions += [] if log is None else log.suspicions()
    excluded = {prop.name for prop in properties if prop.excluded}
    return [_judged(suspicion, excluded, settings) for suspicion in suspicions]


def event_evidence(
    leads: pd.DataFrame,
    outcomes: pd.DataFrame,
    settings: LeakageSettings,
    *,
    until: pd.Timestamp | None = None,
) -> EventEvidence:
    """Return empty evidence on events: `add` logs to it, batch by batch, and give it to `examine`."""
    return EventEvidence(Ground.of(leads, outcomes, until=until, is_dated=True), settings)


def _judged(suspicion: Suspicion, excluded: set[str], settings: LeakageSettings) -> Finding:
    """Decide what becomes of a suspicion, and say what would allow it."""
    name, evidence = suspicion.name, suspicion.evidence
    by = _signature(name, settings)
    line = f"leakage.allow: [{name}] # reason"
    if suspicion.weight == "signed":
        line = f'leakage.signed: ["{name}, WHO, YYYY-MM-DD: reason"]'
    if name in excluded or suspicion.weight == "unseen":
        return Finding(name, suspicion.check, evidence, "excluded")
    if suspicion.weight == "signed" and by is not None:
        return Finding(name, suspicion.check, f"{evidence}; signed by {by}", "allowed", line)
    if suspicion.weight != "signed" and name in settings.allow:
        return Finding(name, suspicion.check, evidence, "allowed", line)
    state = "warns" if suspicion.weight == "warns" else "stops"
    return Finding(name, suspicion.check, evidence, state, line)


def _signature(column: str, settings: LeakageSettings) -> str | None:
    """Return who signed for a protected column, when and why; None if nobody did."""
    signed = (line.partition(", ") for line in settings.signed)
    return next((text for name, _, text in signed if name == column), None)


def stop_on(findings: Sequence[Finding]) -> None:
    """Stop the run on findings that are neither excluded nor allowed, nor mere warnings.

    Raises
    ------
    GateError
        ``leakage``: naming every such column with its evidence, and the lines that would allow them.
    """
    stopping = [f for f in findings if f.state == "stops"]
    if not stopping:
        return
    named = "; ".join(f"{f.column}: {f.check} ({f.evidence})" for f in stopping)
    plain = list(dict.fromkeys(f.column for f in stopping if "signed" not in f.allow))
    signed = list(dict.fromkeys(f.allow for f in stopping if "signed" in f.allow))
    lines = [f"leakage.allow: [{', '.join(plain)}] # reason"] if plain else []
    raise GateError(
        "leakage",
        named,
        file="params.yaml",
        column="leakage.allow",
        fix="give the column `excluded:` with a reason in the source mapping, or write into params.yaml "
        + ", ".join(lines + signed),
    )


def single_auc(values: pd.Series, won: npt.NDArray[np.bool_]) -> float:
    """Return how well one column ranks leads alone: ROC AUC in [0.5, 1], higher is better.

    Numbers rank by their value (missing lowest), texts by the win rate of their value in the other
    half of the rows (odd and even), so that rare values cannot learn their own outcome.
    """
    if pd.api.types.is_numeric_dtype(values):
        code, _ = pd.factorize(values, sort=True)
        return by_rank(code.astype(np.int64) + 1, won).folded().auc
    code, _ = pd.factorize(values)
    return max(by_level(code.astype(np.int64) + 1, won).auc, 0.5)
