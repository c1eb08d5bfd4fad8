"""The mapping of one CRM export to the tables: `config/sources/NAME.yaml` in types.

A mapping says which file holds what, which column plays which role, how times and numbers are
written and what the words mean. It guesses nothing: what is not declared is not read.
"""

from __future__ import annotations

import posixpath
import zoneinfo
from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from leadscore.domain.errors import nearest
from leadscore.domain.settings import Strict

Role = Literal[
    "lead_id", "created_at", "order", "property",
    "occurred_at", "type", "subject", "value",
    "status", "closed_at", "amount", "reason",
    "verdict", "nps", "key", "ignore",
]  # fmt: skip
Kind = Literal["category", "number", "flag", "job_title", "email_domain", "email", "country"]
Status = Literal["won", "lost", "open"]
Table = Literal["leads", "events", "outcomes", "feedback", "nps"]

NUMBER_KINDS = ("number", "flag")
REPEATABLE_ROLES = ("property", "ignore")
LEFT_OUT = "ignore"
"""As an event's type: rows of that word are left out on purpose, and counted."""


@dataclass(frozen=True)
class Property:
    """What is known of one property of the leads table.

    `known` is ``at_creation`` or ``as_exported``; `excluded` is the reason why it never becomes a
    feature, or None. Columns of kind ``number`` and ``flag`` are float64, all others text.
    """

    name: str
    kind: Kind
    known: Literal["at_creation", "as_exported"]
    label: str
    excluded: str | None = None


class Column(Strict):
    """What one column of a file means.

    `name` is the property's name in the leads table (only for role `property`). `kind` says how a
    property is read. `known` says since when its value is known: ``at_creation`` (safe) or
    ``as_exported`` (the value of the day of the export, which may have been written after the
    outcome; the leakage gate looks harder). `format` is the way of writing times of this column
    (see `SourceMapping`). `unit` is text written beside a number, which is taken off. `range` holds
    the lowest and highest possible number; a row outside is refused. `excluded` gives the reason why
    a property is read and examined but never becomes a feature.
    """

    role: Role
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")] | None = None
    kind: Kind = "category"
    known: Literal["at_creation", "as_exported"] = "as_exported"
    label: str | None = None
    format: str | None = None
    unit: str | None = None
    range: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None
    nulls: list[str] = []
    values: dict[str, str] = {}
    excluded: str | None = None

    @field_validator("name")
    @classmethod
    def _name_is_free(cls, name: str | None) -> str | None:
        if name in ("lead_id", "created_at", "order"):
            raise ValueError(f"'{name}' is a column of the leads table; choose another name")
        return name

    @model_validator(mode="after")
    def _keys_go_with_the_role(self) -> Column:
        if (self.role == "property") != (self.name is not None):
            raise ValueError("`name` is needed for role `property`, and only there")
        if self.role != "property" and (self.kind != "category" or self.excluded is not None):
            raise ValueError("`kind` and `excluded` go with role `property` only")
        if self.range is not None and not self.range[0] < self.range[1]:
            raise ValueError(f"`range` must be [lowest, highest], got {self.range}")
        return self


def _repeated_roles(columns: dict[str, Column]) -> list[str]:
    count = Counter(c.role for c in columns.values())
    return sorted(role for role, n in count.items() if n > 1 and role not in REPEATABLE_ROLES)


class Dialect(Strict):
    """Where a file lies below the export's folder, and how it is written.

    `thousands` is the mark between groups of three digits; spaces always may stand there.
    """

    path: str
    separator: Annotated[str, Field(min_length=1, max_length=1)] = ","
    decimal: Literal[".", ","] = "."
    thousands: Literal[".", ",", "'"] | None = None
    encoding: str = "utf-8"

    @field_validator("path")
    @classmethod
    def _path_stays_below(cls, path: str) -> str:
        parts = posixpath.normpath(path.replace("\\", "/")).split("/")
        if not path.strip() or path.startswith(("/", "\\", "~")) or ".." in parts or ":" in parts[0]:
            raise ValueError(f"the path must lie below the export's folder, got '{path}'")
        return path

    @field_validator("encoding")
    @classmethod
    def _encoding_exists(cls, encoding: str) -> str:
        try:
            "".encode(encoding)
        except LookupError:
            raise ValueError(f"no such encoding: '{encoding}'; usual: utf-8, cp1252") from None
        return encoding

    @model_validator(mode="after")
    def _marks_differ(self) -> Dialect:
        if self.thousands == self.decimal:
            raise ValueError("`thousands` and `decimal` must differ")
        return self


class Lookup(Dialect):
    """A side table joined to a file: its `key` column is found in the file's column `on`.

    `values` maps words of `on` to keys where the two are written differently.
    """

    on: str
    columns: dict[str, Column]
    values: dict[str, str] = {}

    @model_validator(mode="after")
    def _has_one_key(self) -> Lookup:
        roles = [c.role for c in self.columns.values()]
        if roles.count("key") != 1 or set(roles) - {"key", "property", "ignore"}:
            raise ValueError("a lookup needs one column of role `key`; the others are `property` or `ignore`")
        return self


class File(Dialect):
    """One file of the export. Its columns' roles decide which tables it feeds."""

    columns: dict[str, Column]
    lookups: list[Lookup] = []

    @property
    def tables(self) -> tuple[Table, ...]:
        """Tables this file feeds, by the roles of its columns."""
        roles = {c.role for c in self.columns.values()}
        if "occurred_at" in roles:
            found: list[Table] = [t for t, role in (("events", "type"), ("feedback", "verdict"), ("nps", "nps")) if role in roles]  # type: ignore[misc]
            return tuple(found)
        leads: tuple[Table, ...] = ("leads",) if roles & {"created_at", "order", "property"} else ()
        return (*leads, "outcomes") if "status" in roles else leads

    def header_of(self, role: Role) -> str | None:
        """Header of the column with this role, or None."""
        return next((header for header, c in self.columns.items() if c.role == role), None)

    def properties(self) -> dict[str, Column]:
        """Columns of role `property` by header, without those of lookups."""
        return {header: c for header, c in self.columns.items() if c.role == "property"}

    @model_validator(mode="after")
    def _roles_fit_together(self) -> File:
        roles = {c.role for c in self.columns.values()}
        if twice := _repeated_roles(self.columns):
            raise ValueError(f"two columns have the role `{twice[0]}`")
        if "key" in roles:
            raise ValueError("role `key` goes into `lookups`")
        if len(self.tables) == 0 or ("occurred_at" in roles and len(self.tables) > 1):
            raise ValueError(
                "the roles make no table: leads need `created_at`, `order` or `property`; outcomes `status`; "
                "events `occurred_at` and `type`; feedback `occurred_at` and `verdict`; nps `occurred_at` and `nps`"
            )
        if "occurred_at" in roles and roles & {"property", "created_at", "order", "status"}:
            raise ValueError("a file of dated rows (`occurred_at`) can't also hold leads or outcomes")
        if self.lookups and "leads" not in self.tables:
            raise ValueError("`lookups` go with the file of the leads")
        return self


class EventType(Strict):
    """One word of the export's event vocabulary: our type, and how a rep would read it.

    The type ``ignore`` leaves the rows of that word out. `is_engagement` marks what the lead did
    itself; what was done to it (an e-mail sent, a call tried) is not engagement.
    """

    type: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
    label: str | None = None
    is_engagement: bool = True


class FromEvents(Strict):
    """Outcomes read from the first event of these types (the export has no outcome column)."""

    won: Annotated[list[str], Field(min_length=1)]
    lost: Annotated[list[str], Field(min_length=1)]


class SourceMapping(Strict):
    """A whole mapping.

    `zone` is the IANA zone of naive local times; without it a naive time is refused. `format` is how
    times are written: ``iso`` (ISO 8601), ``epoch_s``, ``epoch_ms``, ``excel`` (days since 1899-12-30)
    or a strptime format. `order` says what stands for time where there are no dates: ``column`` (role
    `order`), ``row`` (place in the file) or ``none``. `lead_id` ``row`` numbers the leads of an export
    without ids. `observed_until` is the moment of the export (ISO 8601, with offset); without it the
    newest time seen in the export counts. `without_outcome` says what a lead is that the file of
    outcomes does not name. `max_reject_share` is the largest share of a file's rows that may be
    refused before the whole export is.
    """

    description: str
    shape: Literal["events", "dated", "wide"]
    zone: str | None = None
    format: str = "iso"
    order: Literal["time", "column", "row", "none"] = "time"
    lead_id: Literal["column", "row"] = "column"
    observed_until: str | None = None
    without_outcome: Status | Literal["unknown"] = "open"
    max_reject_share: Annotated[float, Field(ge=0, le=1)] = 0.2
    nulls: list[str] = ["", "NULL", "null", "N/A", "n/a", "None"]
    files: Annotated[dict[str, File], Field(min_length=1)]
    events: dict[str, EventType] = {}
    statuses: dict[str, Status] = {}
    outcomes_from_events: FromEvents | None = None

    def feeding(self, table: Table) -> tuple[File, ...]:
        """Files that feed a table, in the order of the mapping."""
        return tuple(file for file in self.files.values() if table in file.tables)

    def property_columns(self) -> dict[str, Column]:
        """Every declared property by its name in the leads table, with its column."""
        columns = [c for f in self.feeding("leads") for c in f.properties().values()]
        sides = [c for f in self.feeding("leads") for look in f.lookups for c in look.columns.values()]
        return {c.name: c for c in (*columns, *sides) if c.name is not None}

    @model_validator(mode="after")
    def _parts_fit_together(self) -> SourceMapping:
        faults = [*_file_faults(self), *_time_faults(self), *_word_faults(self), *_name_faults(self)]
        if faults:
            raise ValueError("; ".join(faults))
        return self


def _file_faults(mapping: SourceMapping) -> list[str]:
    faults = []
    if (n := len(mapping.feeding("leads"))) != 1:
        faults.append(f"exactly one file must hold the leads, got {n}")
    n_outcomes = len(mapping.feeding("outcomes")) + (mapping.outcomes_from_events is not None)
    if n_outcomes != 1:
        faults.append(f"outcomes come from one file with role `status` or from `outcomes_from_events`, got {n_outcomes}")
    for name, file in mapping.files.items():
        if mapping.lead_id == "column" and file.header_of("lead_id") is None:
            faults.append(f"files.{name}: no column has the role `lead_id`")
    if mapping.lead_id == "row" and (len(mapping.files) > 1 or mapping.shape != "wide"):
        faults.append("`lead_id: row` needs shape `wide` and a single file, or nothing else could name a lead")
    if mapping.shape == "wide" and (mapping.feeding("events") or mapping.outcomes_from_events):
        faults.append("shape `wide` has no events; use `events`")
    if mapping.shape == "events" and not mapping.feeding("events"):
        faults.append("shape `events` needs a file with roles `occurred_at` and `type`")
    return faults


def _time_faults(mapping: SourceMapping) -> list[str]:
    faults = []
    has = {role: any(f.header_of(role) for f in mapping.files.values()) for role in ("created_at", "closed_at", "order")}
    if mapping.shape != "wide" and not has["created_at"]:
        faults.append(f"shape `{mapping.shape}` needs a column of role `created_at`")
    if mapping.shape != "wide" and mapping.feeding("outcomes") and not has["closed_at"]:
        faults.append(f"shape `{mapping.shape}` needs a column of role `closed_at`, or nothing says when a lead was won")
    if mapping.order == "time" and not has["created_at"]:
        faults.append("`order: time` needs a column of role `created_at`; use `column`, `row` or `none`")
    if mapping.order == "column" and not has["order"]:
        faults.append("`order: column` needs a column of role `order`")
    if mapping.zone is not None and not _zone_exists(mapping.zone):
        faults.append(f"zone: no such IANA zone: '{mapping.zone}'; example: Europe/Paris")
    if mapping.observed_until is not None and not _is_moment(mapping.observed_until):
        faults.append(f"observed_until: expected ISO 8601 with offset (2024-03-05T00:00:00Z), got '{mapping.observed_until}'")
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
    faults += [f"events: type `{name}` is engagement by one word and not by another" for name in sorted(both)]
    if (ends := mapping.outcomes_from_events) is not None:
        unknown = sorted({*ends.won, *ends.lost} - types)
        faults += [f"outcomes_from_events: '{name}' is no type of `events`; {nearest(name, types)}" for name in unknown]
        faults += [f"outcomes_from_events: '{name}' is both won and lost" for name in sorted({*ends.won} & {*ends.lost})]
    return faults


def _name_faults(mapping: SourceMapping) -> list[str]:
    count: Counter[str | None] = Counter()
    for file in mapping.feeding("leads"):
        count.update(c.name for c in file.properties().values())
        count.update(c.name for look in file.lookups for c in look.columns.values() if c.role == "property")
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
