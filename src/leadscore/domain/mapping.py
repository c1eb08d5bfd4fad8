"""The mapping of one CRM export to the tables: `config/sources/NAME.yaml` in types.

A mapping says which file holds what, which column plays which role, how times and numbers are
written and what the words mean. It guesses nothing: what is not declared is not read.
"""

from __future__ import annotations

import zoneinfo
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from leadscore.domain.errors import nearest
from leadscore.domain.mapping_files import (
    Column,
    Dialect,
    File,
    Kind,
    Lookup,
    Role,
    Table,
    TimeFormat,
)
from leadscore.domain.mapping_history import history_faults, only_in_history
from leadscore.domain.strict import Strict

__all__ = [
    "LEFT_OUT", "Column", "Dialect", "EventType", "File", "FromEvents", "Kind", "Lookup",
    "Property", "Role", "SourceMapping", "Status", "Table",
]  # fmt: skip

Status = Literal["won", "lost", "open"]

LEFT_OUT = "ignore"
"""As an event's type: rows of that word are left out on purpose, and counted."""


NO_TYPES = ("each", "any", "all", "engagement")
"""Words that mean several event types where features are declared."""


@dataclass(frozen=True)
class Property:
    """What is known of one property of the leads table.

    `known` is ``at_creation``, ``as_exported`` or ``history`` (the table `changes` says since when
    each value is known); `excluded` is the reason why it never becomes a
    feature, or None; of a property that `is_private` no words show a value. Columns of kind ``number``
    and ``flag`` are float64, all others text.
    """

    name: str
    kind: Kind
    known: Literal["at_creation", "as_exported", "history"]
    label: str
    excluded: str | None = None
    is_private: bool = False

    @property
    def is_number(self) -> bool:
        """Whether the column holds float64."""
        return self.kind in ("number", "flag")


class EventType(Strict):
    """One word of the export's event vocabulary: our type, and how a rep would read it.

    The type ``ignore`` leaves the rows of that word out. `is_engagement` marks what the lead did
    itself; what was done to it (an e-mail sent, a call tried) is not engagement.
    """

    type: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    label: str | None = None
    is_engagement: bool = True

    @field_validator("type")
    @classmethod
    def _type_is_no_other_word(cls, name: str) -> str:
        if name in NO_TYPES:
            raise ValueError(
                f"'{name}' stands for several types in `features.events`; choose another"
            )
        return name


class FromEvents(Strict):
    """Outcomes read from events of these types (the export has no outcome column).

    The first won or lost event closes a lead. An event of `reopened` opens it again, and the next
    closing event closes it again; without `reopened` a closed lead stays closed.
    """

    won: Annotated[list[str], Field(min_length=1)]
    lost: Annotated[list[str], Field(min_length=1)]
    reopened: list[str] = []

    @property
    def types(self) -> tuple[str, ...]:
        """Every type that opens or closes a lead: without one of them its state is unknown."""
        return (*self.won, *self.lost, *self.reopened)


class SourceMapping(Strict):
    """A whole mapping.

    `zone` is the IANA zone of naive local times; without it a naive time is refused. `format` is
    how times are written: ``iso`` (ISO 8601), ``epoch_s``, ``epoch_ms``, ``epoch_us``, ``excel`` (days
    since 1899-12-30), ``excel_1904`` (since 1904-01-01) or a strptime format. `skipped_hour` says what
    becomes of local times that a clock change skipped, `repeated_hour` which moment those are that
    were twice. `order` says what stands for time where there are no dates:
    ``column`` (role `order`), ``row`` (place in the file) or ``none``. `lead_id` ``row`` numbers
    the leads of an export without ids. `observed_until` is the moment of the export (ISO 8601, with
    offset); without it the newest time seen in the export counts. `without_outcome` says what a
    lead is that the file of outcomes does not name. With a role `opened_at` a row of that file is an
    episode (a deal), and a lead may have several; without it a lead has one row. `max_reject_share` is
    the largest share of a file's rows that may be refused before the whole export is,
    `max_orphan_share` that of rows of leads that the export does not hold. In `statuses` the word
    ``""`` stands for an empty cell. `repeats` says what becomes of dated rows (events, feedback, NPS) that
    repeat another one in every column that is read: an action counts as often as it is exported, or once.
    """

    description: str
    shape: Literal["events", "dated", "wide"]
    zone: str | None = None
    format: TimeFormat = "iso"
    skipped_hour: Literal["refuse", "shift_forward"] = "refuse"
    repeated_hour: Literal["first", "second", "refuse"] = "first"
    order: Literal["time", "column", "row", "none"] = "time"
    lead_id: Literal["column", "row"] = "column"
    observed_until: str | None = None
    without_outcome: Status | Literal["unknown"] = "open"
    repeats: Literal["keep", "drop_identical"] = "keep"
    max_reject_share: Annotated[float, Field(ge=0, le=1)] = 0.2
    max_orphan_share: Annotated[float, Field(ge=0, le=1)] = 0.05
    nulls: list[str] = ["", "NULL", "null", "N/A", "n/a", "None"]
    files: Annotated[dict[str, File], Field(min_length=1)]
    events: dict[str, EventType] = {}
    statuses: dict[str, Status] = {}
    outcomes_from_events: FromEvents | None = None

    def feeding(self, table: Table) -> tuple[File, ...]:
        """Files that feed a table, in the order of the mapping."""
        return tuple(file for file in self.files.values() if table in file.tables)

    def property_columns(self) -> dict[str, Column]:
        """Every declared property by its name in the leads table, with its column.

        Those that stand in files of versions only come last.
        """
        columns = [c for f in self.feeding("leads") for c in f.properties().values()]
        sides = [
            c for f in self.feeding("leads") for look in f.lookups for c in look.columns.values()
        ]
        own = {c.name: c for c in (*columns, *sides) if c.name is not None}
        return own | only_in_history(self.files, own)

    @model_validator(mode="after")
    def _parts_fit_together(self) -> SourceMapping:
        faults = [
            *_file_faults(self),
            *_time_faults(self),
            *_word_faults(self),
            *_name_faults(self),
            *history_faults(self.files, self.property_columns(), shape=self.shape),
        ]
        if faults:
            raise ValueError("; ".join(faults))
        return self


def _file_faults(mapping: SourceMapping) -> list[str]:
    faults = []
    if (n := len(mapping.feeding("leads"))) != 1:
        faults.append(f"exactly one file must hold the leads, got {n}")
    n_outcomes = len(mapping.feeding("outcomes")) + (mapping.outcomes_from_events is not None)
    if n_outcomes != 1:
        faults.append(
            "outcomes come from one file with role `status`, or from `outcomes_from_events`; "
            f"got {n_outcomes} of them"
        )
    for name, file in mapping.files.items():
        if mapping.lead_id == "column" and file.header_of("lead_id") is None:
            faults.append(f"files.{name}: no column has the role `lead_id`")
    if mapping.lead_id == "row" and (len(mapping.files) > 1 or mapping.shape != "wide"):
        faults.append(
            "`lead_id: row` needs shape `wide` and a single file, or nothing else could name a lead"
        )
    if mapping.shape == "wide" and (mapping.feeding("events") or mapping.outcomes_from_events):
        faults.append("shape `wide` has no events; use `events`")
    if mapping.shape == "events" and not mapping.feeding("events"):
        faults.append("shape `events` needs a file with roles `occurred_at` and `type`")
    return faults


def _time_faults(mapping: SourceMapping) -> list[str]:
    faults = []
    has = {
        role: any(f.header_of(role) for f in mapping.files.values())
        for role in ("created_at", "opened_at", "closed_at", "order")
    }
    if mapping.shape != "wide" and not has["created_at"]:
        faults.append(f"shape `{mapping.shape}` needs a column of role `created_at`")
    if mapping.shape != "wide" and mapping.feeding("outcomes") and not has["closed_at"]:
        faults.append(
            f"shape `{mapping.shape}` needs a column of role `closed_at`: when a lead was won"
        )
    if mapping.shape == "wide" and has["opened_at"]:
        faults.append(
            "shape `wide` looks at a lead once: role `opened_at` needs `dated` or `events`"
        )
    if mapping.shape != "wide" and mapping.without_outcome in ("won", "lost"):
        faults.append(
            f"`without_outcome: {mapping.without_outcome}` has no date, which shape "
            f"`{mapping.shape}` needs; use `open` or `unknown`"
        )
    if mapping.order == "time" and not has["created_at"]:
        faults.append(
            "`order: time` needs a column of role `created_at`; use `column`, `row` or `none`"
        )
    if mapping.order == "column" and not has["order"]:
        faults.append("`order: column` needs a column of role `order`")
    if mapping.zone is not None and not _zone_exists(mapping.zone):
        faults.append(f"zone: no such IANA zone: '{mapping.zone}'; example: Europe/Paris")
    if mapping.observed_until is not None and not _is_moment(mapping.observed_until):
        faults.append(
            "observed_until: expected ISO 8601 with offset (2024-03-05T00:00:00Z), got "
            f"'{mapping.observed_until}'"
        )
    return faults


def _word_faults(mapping: SourceMapping) -> list[str]:
    faults = []
    if mapping.feeding("outcomes") and not {"won", "lost"} & set(mapping.statuses.values()):
        faults.append("`statuses` must say which words mean won and lost")
    if mapping.feeding("events") and not mapping.events:
        faults.append("`events` must list the words of the event file")
    types = {e.type for e in mapping.events.values()} - {LEFT_OUT}
    both = types & {e.type for e in mapping.events.values() if e.is_engagement}
    both &= {e.type for e in mapping.events.values() if not e.is_engagement}
    faults += [
        f"events: type `{name}` is engagement by one word and not by another"
        for name in sorted(both)
    ]
    if (ends := mapping.outcomes_from_events) is not None:
        unknown = sorted(set(ends.types) - types)
        faults += [
            f"outcomes_from_events: '{name}' is no type of `events`; {nearest(name, types)}"
            for name in unknown
        ]
        faults += [
            f"outcomes_from_events: '{name}' has two meanings"
            for name, n in sorted(Counter(ends.types).items())
            if n > 1
        ]
    return faults


def _name_faults(mapping: SourceMapping) -> list[str]:
    count: Counter[str | None] = Counter()
    for file in mapping.feeding("leads"):
        count.update(c.name for c in file.properties().values())
        count.update(
            c.name for look in file.lookups for c in look.columns.values() if c.role == "property"
        )
    return [f"two columns have the name `{name}`" for name, n in count.items() if n > 1]


def _zone_exists(zone: str) -> bool:
    try:
        zoneinfo.ZoneInfo(zone)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return zone == "UTC"
    return True


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False
