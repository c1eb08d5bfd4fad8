"""What the report says, put together from what the stages wrote: plain values in, `ReportInputs` out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from leadscore.history.leakage.gate import Finding
from leadscore.review.bots import BotsTold
from leadscore.review.charts import TopFeature
from leadscore.review.comparison import Comparison
from leadscore.review.cuts_by import CutsOf
from leadscore.review.drifting import Drifting
from leadscore.review.parts import PartsTold
from leadscore.review.quarter.page import quarter_page
from leadscore.review.quarter.tables import QuarterTables
from leadscore.review.report import ReportInputs
from leadscore.review.what_if import WhatIf
from leadscore.scoring.gates import Gate

N_FEATURES = 12


@dataclass(frozen=True)
class Seen:
    """What the earlier stages wrote, as plain values.

    `ingest`, `snapshots`, `training` are their reports; `leakage` the gate's findings,
    `drift` the tables of drift.
    """

    source: str
    ingest: Mapping[str, Any]
    snapshots: Mapping[str, Any]
    training: Mapping[str, Any]
    leakage: Sequence[Mapping[str, Any]]
    drift: Mapping[str, Any]
    bundle_sha256: str
    settings_sha256: str


def report_inputs(
    seen: Seen, comparison: Comparison, proposal: Mapping[str, Any], *,
    what_if: WhatIf | None = None, cuts_by: Sequence[CutsOf] = (), quarter: QuarterTables | None = None,
    sign: str | None = None,
) -> ReportInputs:  # fmt: skip
    """Return what `report.render` shows; `sign` is the command that signs the proposal."""
    until, blend = seen.ingest["observed_until"], seen.training.get("blend")
    opinion = str(seen.training["opinion"])
    top = seen.training["importance"] if opinion == "model" else []
    return ReportInputs(
        source=seen.source,
        title=f"Lead scores of {seen.source}: the look back",
        as_of=str(until)[:16].replace("T", " ") + " UTC"
        if until
        else "the day of the export (it holds no dates)",
        opinion=opinion,
        gates=[Gate(**gate) for gate in seen.training["gates"]],
        comparison=comparison,
        proposal=proposal,
        leakage=[Finding(**finding) for finding in seen.leakage],
        features=[TopFeature(**feature) for feature in top[:N_FEATURES]],
        counts=_counts(seen),
        bots=bots_told(seen),
        parts=PartsTold.from_training(blend, comparison.parts) if blend else None,
        warnings=list(seen.ingest["warnings"]),
        unchecked=_unchecked(seen),
        bundle_sha256=seen.bundle_sha256,
        settings_sha256=seen.settings_sha256,
        drifting=Drifting.from_dict(seen.drift),
        what_if=what_if,
        cuts_by=cuts_by,
        quarter=None if quarter is None else quarter_page(quarter),
        sign=sign,
    )


def bots_told(seen: Seen) -> BotsTold | None:
    """Return what the bot rules left out; None where the snapshot stage counted nothing."""
    return BotsTold.from_counts(seen.snapshots.get("bots", []), seen.ingest.get("event_labels", {}))


def _counts(seen: Seen) -> list[tuple[str, int]]:
    files = seen.ingest["counts"]
    rows = seen.training["windows"]["rows"]
    return [
        ("rows read", sum(c["rows"] for c in files)),
        ("rows refused, kept with their reasons", sum(c["rejected"] for c in files)),
        ("leads", seen.snapshots["leads"]),
        (
            "leads without a known outcome, never trained on",
            seen.snapshots["leads_without_outcome"],
        ),
        ("leads looked at", seen.snapshots["leads_looked_at"]),
        ("looks at leads", seen.snapshots["looks"]),
        ("looks whose horizon is over", seen.snapshots["mature"]),
        ("of these won within the horizon", seen.snapshots["won"]),
        (
            "looks whose horizon is not over, which taught the model too",
            seen.training["n_inferred"],
        ),
        *(
            (f"looks in the {name} window", rows.get(name, 0))
            for name in ("fit", "calibrate", "test")
        ),
        ("looks left out between windows (purged by the horizon)", rows.get("purged", 0)),
    ]


def _unchecked(seen: Seen) -> list[str]:
    notes = []
    if seen.ingest["shape"] == "wide":
        stand_in = {
            "column": "a column declared in the mapping",
            "row": "the order of rows in the file",
        }
        order = stand_in.get(seen.ingest["order"], "nothing")
        notes.append(
            f"The export has no dates: {order} stands for time, so no horizon, no purging and no forgetting."
        )
        notes.append(
            "Aggregated behaviour cannot be cut at a date: what was added after closing is inside it."
        )
    late = [
        p["name"]
        for p in seen.ingest["properties"]
        if p["known"] == "as_exported" and not p["excluded"]
    ]
    if late:
        notes.append(
            "Known only as exported, so possibly written after the outcome; the leakage gate found no sign of it: "
            + ", ".join(late)
            + "."
        )
    rules = seen.snapshots["grid_rules_not_evaluable"]
    if rules:
        notes.append(
            "Rules of the grid that this source cannot judge (0 points): " + "; ".join(rules) + "."
        )
    return notes
