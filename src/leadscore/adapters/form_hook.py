"""A lead that comes alone, from a form: read as the tables would hold it, and scored by the night's own function.

What the tables know beside the lead (properties, event types, settings, thresholds) was registered with
the bundle, so that nothing of the project is read where the model is served.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

import pandas as pd

from leadscore.adapters.bundle import Bundle
from leadscore.adapters.catalog import Workspace
from leadscore.adapters.decisions import decision_in_force
from leadscore.domain import schemas
from leadscore.domain.errors import InputError
from leadscore.domain.mapping import Property
from leadscore.domain.settings import Settings, Thresholds
from leadscore.history.log import EventTable
from leadscore.scoring.issuing import Issue
from leadscore.scoring.segments import unfit_of
from leadscore.scoring.view import Sources
from leadscore.scoring.whole_night import score_open_leads

ANSWERED = (
    "lead_id", "score", "tier", "probability", "reasons_for", "reasons_against", "opinion",
    "bundle_sha256", "decision_id",
)  # fmt: skip
_NEEDED = ("lead_id", "created_at", "as_of")
_OF_EVENT = ("occurred_at", "type", "subject", "value")


@dataclass(frozen=True)
class Form:
    """What the lead of a form is read and scored by, beside the bundle."""

    shape: str
    settings: Settings
    thresholds: Thresholds
    decision_id: str
    properties: Sequence[Property]
    event_labels: Mapping[str, str]
    engagement_types: Sequence[str]

    @classmethod
    def of(cls, workspace: Workspace, settings: Settings) -> Form:
        """Read it from a project, with the thresholds in force at the moment of its export."""
        sources, shape = workspace.sources(), workspace.shape()
        moment = None if shape == "wide" else workspace.observed_until()
        decision = decision_in_force(workspace.config, settings, as_of=moment)
        return cls(
            shape, settings, decision.thresholds, decision.id, sources.properties,
            sources.event_labels, sources.engagement_types,
        )  # fmt: skip

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Form:
        """Read what `to_dict` wrote."""
        typed = {
            "settings": Settings.model_validate(plain["settings"]),
            "thresholds": Thresholds.model_validate(plain["thresholds"]),
            "properties": [Property(**each) for each in plain["properties"]],
        }
        return cls(**{**plain, **typed})

    def to_dict(self) -> dict[str, Any]:
        """Return plain values for a file beside the bundle; no row of any lead."""
        return {
            "shape": self.shape,
            "settings": self.settings.model_dump(mode="json", by_alias=True),
            "thresholds": self.thresholds.model_dump(mode="json"),
            "decision_id": self.decision_id,
            "properties": [asdict(each) for each in self.properties],
            "event_labels": dict(self.event_labels),
            "engagement_types": sorted(self.engagement_types),
        }


def answered(bundle: Bundle, form: Form, rows: pd.DataFrame) -> pd.DataFrame:
    """Return score, tier, probability and reasons of leads, in their order: what the night would issue.

    Parameters
    ----------
    rows
        One row a lead: `lead_id`, `created_at`, `as_of` (ISO 8601, one moment for all), the properties as
        the leads table has them (those that are missing count as not filled in), and `events`: a list
        of occurred_at, type, subject, value.

    Returns
    -------
    DataFrame with the columns `ANSWERED`.

    Raises
    ------
    InputError
        ``form-...``: row and column of what is not as expected. No cell's value is told but a time's.
    """
    sources, moment = _read(form, rows)
    score = form.settings.score
    about = Issue(
        form.thresholds, form.decision_id, bundle.sha256, score.reasons_per_sign, score.trend_points,
        score.language, bundle.typical,
    )  # fmt: skip
    issued, _ = score_open_leads(
        bundle.scorer, sources, form.settings, shape=form.shape, as_of=moment, until=moment,
        about=about, unfit=unfit_of(bundle.manifest),
    )  # fmt: skip
    in_order = issued.set_index("lead_id").loc[sources.leads["lead_id"]].reset_index()
    return in_order[list(ANSWERED)]


def _read(form: Form, rows: pd.DataFrame) -> tuple[Sources, pd.Timestamp]:
    """Return a request's leads as a source of open leads, and the moment it asks of."""
    _refuse_other_columns(form, rows)
    lead_id = pd.Series(_cells(rows, "lead_id", str), dtype="str")
    if lead_id.isna().any() or lead_id.duplicated().any():
        raise _refused("form-lead", "every row needs a lead_id of its own", column="lead_id")
    created, asked = _times(rows, "created_at"), _times(rows, "as_of")
    if len(set(asked)) != 1:
        raise _refused("form-moment", "all rows of a request have one moment", column="as_of")
    for row, (born, seen) in enumerate(zip(created, asked, strict=True)):
        if born > seen:
            told = f"created {born.isoformat()}, after its as_of {seen.isoformat()}"
            raise _refused("form-moment", told, row=row, column="created_at")
    events = None if form.shape != "events" else EventTable(_events(form, rows, lead_id))
    sources = Sources(
        _leads(form, rows, lead_id, created), _all_open(lead_id, created), events,
        form.properties, form.event_labels, form.engagement_types,
    )  # fmt: skip
    return sources, asked.iloc[0]


def _leads(form: Form, rows: pd.DataFrame, lead_id: pd.Series, created: pd.Series) -> pd.DataFrame:
    order = created.astype("int64") // 1_000_000
    leads = pd.DataFrame({"lead_id": lead_id, "created_at": created, "order": order})
    for each in form.properties:
        cells = _cells(rows, each.name, float if each.is_number else str)
        leads[each.name] = pd.Series(cells, dtype="float64" if each.is_number else "str")
    return leads


def _all_open(lead_id: pd.Series, created: pd.Series) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "lead_id": lead_id,
            "opened_at": created,
            "status": pd.Series("open", index=lead_id.index, dtype="str"),
            "closed_at": pd.Series(pd.NaT, index=lead_id.index, dtype=schemas.TIME),
            "amount": float("nan"),
            "reason": pd.Series(None, index=lead_id.index, dtype="str"),
        }
    )


def _refuse_other_columns(form: Form, rows: pd.DataFrame) -> None:
    if form.shape == "wide":
        told = "this model's source has no dates, so that no lead of a form is like its leads"
        raise _refused("form-undated", told)
    known = {*_NEEDED, "account_id", *(each.name for each in form.properties)}
    known |= {"events"} if form.shape == "events" else set()
    if rows.empty or not rows.columns.is_unique:
        raise _refused("form-rows", "expected one row a lead at least, and every column once")
    for name in _NEEDED:
        if name not in rows:
            raise _refused("form-column", "the column is missing", column=name)
    for name in rows.columns:
        if name not in known:
            told = "no property of this source"
            raise _refused(
                "form-column", told, column=str(name), fix=f"known: {', '.join(sorted(known))}"
            )


def _cells(rows: pd.DataFrame, name: str, kind: type) -> list[Any]:
    """Return a column's cells, None where it is missing or not filled in."""
    if name not in rows:
        return [None] * len(rows)
    return [_cell(value, kind, row, name) for row, value in enumerate(rows[name].tolist())]


def _cell(value: Any, kind: type, row: int, column: str) -> Any:
    if value is None or value is pd.NaT or (isinstance(value, float) and math.isnan(value)):
        return None
    if kind is float and isinstance(value, bool | int | float) and math.isfinite(value):
        return float(value)
    if kind is str and isinstance(value, str):
        return value
    wanted = "a number" if kind is float else "text"
    raise _refused("form-cell", f"expected {wanted} or null", row=row, column=column)


def _times(rows: pd.DataFrame, name: str) -> pd.Series:
    cells = _cells(rows, name, str)
    times = [_time(cell, row, name) for row, cell in enumerate(cells)]
    return pd.Series(pd.to_datetime(times, utc=True)).dt.as_unit("us")


def _time(cell: str | None, row: int, column: str) -> pd.Timestamp:
    try:
        moment = pd.Timestamp(datetime.fromisoformat(cell or ""))
    except ValueError:
        told = f"expected an ISO 8601 time, got {str(cell)[:40]!r}"
        raise _refused("form-time", told, row=row, column=column) from None
    return moment.tz_localize("UTC") if moment.tzinfo is None else moment.tz_convert("UTC")


def _events(form: Form, rows: pd.DataFrame, lead_id: pd.Series) -> pd.DataFrame:
    lists = rows["events"].tolist() if "events" in rows else []
    read = [
        {"lead_id": lead_id[row], **_event(form, event, row)}
        for row, listed in enumerate(lists)
        for event in _listed(listed, row)
    ]
    table = pd.DataFrame(read, columns=["lead_id", *_OF_EVENT])
    times = pd.to_datetime(table["occurred_at"], utc=True).dt.as_unit("us")
    texts = {"lead_id": "str", "type": "str", "subject": "str", "value": "float64"}
    return table.assign(occurred_at=times).astype(texts)


def _listed(listed: Any, row: int) -> list[Any]:
    if listed is None or (isinstance(listed, float) and math.isnan(listed)):
        return []
    if isinstance(listed, list):
        return listed
    raise _refused("form-event", "expected a list of events", row=row, column="events")


def _event(form: Form, event: Any, row: int) -> dict[str, Any]:
    if not isinstance(event, dict) or not {"occurred_at", "type"} <= set(event) <= set(_OF_EVENT):
        told = "an event has occurred_at and type, and at most subject and value beside them"
        raise _refused("form-event", told, row=row, column="events")
    if not isinstance(event["type"], str) or event["type"] not in form.event_labels:
        known = ", ".join(sorted(form.event_labels))
        told = "an event's type is none of this source"
        raise _refused("form-event", told, row=row, column="events", fix=f"known: {known}")
    at = _cell(event["occurred_at"], str, row, "events")
    return {
        "occurred_at": _time(at, row, "events"),
        "type": event["type"],
        "subject": _cell(event.get("subject"), str, row, "events"),
        "value": _cell(event.get("value"), float, row, "events"),
    }


def _refused(
    code: str,
    told: str,
    *,
    row: int | None = None,
    column: str | None = None,
    fix: str | None = None,
) -> InputError:
    place = None if row is None else row + 1
    return InputError(code, told, file="request", row=place, column=column, fix=fix)
