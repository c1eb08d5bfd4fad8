"""What one file of an export holds: where it lies, how it is written, what each column means."""

from __future__ import annotations

import posixpath
from collections import Counter
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from leadscore.domain.settings import Strict

Role = Literal[
    "lead_id", "created_at", "order", "property",
    "occurred_at", "type", "subject", "value",
    "status", "closed_at", "amount", "reason",
    "verdict", "nps", "key", "ignore",
]  # fmt: skip
Kind = Literal["category", "number", "flag", "job_title", "email_domain", "email", "country"]
Table = Literal["leads", "events", "outcomes", "feedback", "nps"]

TIME_FORMATS = ("iso", "epoch_s", "epoch_ms", "excel")
REPEATABLE_ROLES = ("property", "ignore")
_DATED_BY: dict[Table, Role] = {"events": "type", "feedback": "verdict", "nps": "nps"}


def known_format(text: str) -> str:
    """Return a way of writing times as it is, if there is one of that name.

    Raises
    ------
    ValueError
        It is neither a known word nor a strptime format.
    """
    if text in TIME_FORMATS or "%" in text:
        return text
    raise ValueError(
        f"must be one of {', '.join(TIME_FORMATS)} or a strptime format (%d/%m/%Y), got '{text}'"
    )


TimeFormat = Annotated[str, AfterValidator(known_format)]


class Column(Strict):
    """What one column of a file means.

    `name` is the property's name in the leads table (only for role `property`). `kind` says how a
    property is read. `known` says since when its value is known: ``at_creation`` (safe) or
    ``as_exported`` (the value of the day of the export, which may have been written after the
    outcome; the leakage gate looks harder). `format` is the way of writing times of this column
    (see `SourceMapping`). `unit` is text written beside a number, which is taken off. `range` holds
    the lowest and highest possible number; a row outside is refused. `excluded` gives the reason
    why a property is read and examined but never becomes a feature.
    """

    role: Role
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")] | None = None
    kind: Kind = "category"
    known: Literal["at_creation", "as_exported"] = "as_exported"
    label: str | None = None
    format: TimeFormat | None = None
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
        if (
            not path.strip()
            or path.startswith(("/", "\\", "~"))
            or ".." in parts
            or ":" in parts[0]
        ):
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
    """A side table joined to a file: its `key` column is found in the file's column `by`.

    `values` maps words of `by` to keys where the two are written differently.
    """

    by: str
    columns: dict[str, Column]
    values: dict[str, str] = {}

    @model_validator(mode="after")
    def _has_one_key(self) -> Lookup:
        roles = [c.role for c in self.columns.values()]
        if roles.count("key") != 1 or set(roles) - {"key", "property", "ignore"}:
            raise ValueError(
                "a lookup needs one column of role `key`; the others are `property` or `ignore`"
            )
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
            return tuple(table for table, role in _DATED_BY.items() if role in roles)
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
                "the roles make no table: leads need `created_at`, `order` or `property`; outcomes "
                "`status`; events `occurred_at` and `type`; feedback `occurred_at` and `verdict`; "
                "nps `occurred_at` and `nps`"
            )
        if "occurred_at" in roles and roles & {"property", "created_at", "order", "status"}:
            raise ValueError(
                "a file of dated rows (`occurred_at`) can't also hold leads or outcomes"
            )
        if roles & {"closed_at", "amount", "reason"} and "outcomes" not in self.tables:
            raise ValueError("`closed_at`, `amount` and `reason` go with a column of role `status`")
        if roles & {"subject", "value"} and "events" not in self.tables:
            raise ValueError("`subject` and `value` go with a column of role `type`")
        if self.lookups and "leads" not in self.tables:
            raise ValueError("`lookups` go with the file of the leads")
        return self
