"""What one file of an export holds: where it lies, how it is written, what each column means."""

from __future__ import annotations

import posixpath
from collections import Counter
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from leadscore.domain.mapping_sql import SqlQuery
from leadscore.domain.strict import Strict

Role = Literal[
    "lead_id", "account_id", "merged_into", "created_at", "order", "property",
    "occurred_at", "type", "subject", "value",
    "status", "opened_at", "closed_at", "amount", "reason",
    "verdict", "nps", "field", "new_value", "old_value", "valid_from", "valid_to", "key", "ignore",
]  # fmt: skip
Kind = Literal[
    "category", "number", "flag", "job_title", "email_domain", "email", "country", "language"
]
Table = Literal["leads", "events", "outcomes", "feedback", "nps", "changes", "merges"]
FileKind = Literal["csv", "parquet", "excel", "sql"]

TIME_FORMATS = ("iso", "epoch_s", "epoch_ms", "epoch_us", "excel", "excel_1904")
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
    property is read. `known` says since when its value is known: ``at_creation`` (safe),
    ``history`` (a file of the export tells when it took which value) or ``as_exported`` (the value
    of the day of the export, which may have been written after the outcome; the leakage gate looks
    harder). `format` is the way of writing times of this column
    (see `SourceMapping`). `unit` is text written beside a number, which is taken off. `range` holds
    the lowest and highest possible number; a row outside is refused. `excluded` gives the reason
    why a property is read and examined but never becomes a feature. Of a property that `is_private` the
    model may learn, and no reason shows a value.
    """

    role: Role
    name: Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")] | None = None
    kind: Kind = "category"
    known: Literal["at_creation", "as_exported", "history"] = "as_exported"
    label: str | None = None
    format: TimeFormat | None = None
    unit: str | None = None
    range: Annotated[list[float], Field(min_length=2, max_length=2)] | None = None
    nulls: list[str] = []
    values: dict[str, str] = {}
    excluded: str | None = None
    is_private: bool = False

    @field_validator("name")
    @classmethod
    def _name_is_free(cls, name: str | None) -> str | None:
        if name in ("lead_id", "account_id", "created_at", "order", "row"):
            raise ValueError(f"'{name}' is a column of the leads table; choose another name")
        return name

    @model_validator(mode="after")
    def _keys_go_with_the_role(self) -> Column:
        if (self.role == "property") != (self.name is not None):
            raise ValueError("`name` is needed for role `property`, and only there")
        if self.role != "property" and (self.kind != "category" or self.excluded is not None):
            raise ValueError("`kind` and `excluded` go with role `property` only")
        if self.role != "property" and self.is_private:
            raise ValueError("`is_private` goes with role `property` only")
        if self.range is not None and not self.range[0] < self.range[1]:
            raise ValueError(f"`range` must be [lowest, highest], got {self.range}")
        return self


_OF_CHANGES = {"field", "new_value", "old_value"}
_OF_VERSIONS = {"valid_from", "valid_to"}


def _history_fault(columns: dict[str, Column]) -> str | None:
    """Return what is wrong with the columns of a file of changes or versions; None for other files."""
    roles = {c.role for c in columns.values()}
    others = roles - _OF_CHANGES - _OF_VERSIONS - {"lead_id", "ignore"}
    if "field" in roles:
        if "new_value" not in roles or roles & _OF_VERSIONS or others != {"occurred_at"}:
            return (
                "a file of changes, one row a change, holds `lead_id`, `field`, `new_value`, "
                "`occurred_at` and, where the export has it, `old_value`; no other role"
            )
        if not next(c for c in columns.values() if c.role == "field").values:  # noqa: PD011  # no table
            return "role `field` needs `values`: which of its words is which property"
    elif "valid_from" in roles:
        if roles & _OF_CHANGES or others != {"property"}:
            return (
                "a file of versions, one row a state of a lead, holds `lead_id`, `valid_from`, where "
                "the export has it `valid_to`, and columns of role `property`; no other role"
            )
    elif roles & (_OF_CHANGES | _OF_VERSIONS):
        return "`new_value` and `old_value` go with role `field`, `valid_to` with role `valid_from`"
    return None


def _repeated_roles(columns: dict[str, Column]) -> list[str]:
    count = Counter(c.role for c in columns.values())
    return sorted(role for role, n in count.items() if n > 1 and role not in REPEATABLE_ROLES)


class Dialect(Strict):
    """Where a file lies below the export's folder, and how it is written.

    The kind of file follows from the ending of `path` (``.parquet``; ``.xlsx``, ``.xls``; all others
    are CSV); a `path` that ends in ``/`` is a folder of Parquet files. `sheet` names the sheet of a
    workbook. With `sql` the rows come from a query, and `path` is the query's name in messages.
    `separator` and `encoding` go with CSV only; `decimal` and `thousands` say how numbers stand in
    text, in files of any kind (spaces always may stand between groups of three digits).
    """

    path: str
    separator: Annotated[str, Field(min_length=1, max_length=1)] = ","
    decimal: Literal[".", ","] = "."
    thousands: Literal[".", ",", "'"] | None = None
    encoding: str = "utf-8"
    sheet: Annotated[str, Field(min_length=1)] | None = None
    sql: SqlQuery | None = None

    @property
    def kind(self) -> FileKind:
        """How the file is read."""
        if self.sql is not None:
            return "sql"
        ending = self.path.casefold()
        if ending.endswith((".parquet", "/")):
            return "parquet"
        return "excel" if ending.endswith((".xlsx", ".xls")) else "csv"

    @field_validator("sql", mode="before")
    @classmethod
    def _sql_is_a_map(cls, sql: object) -> object:
        if isinstance(sql, str):  # perhaps an address with a password: it must not be shown
            raise ValueError("must be a map: {url_env: NAME_OF_A_VARIABLE, query: select ...}")
        return sql

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

    @model_validator(mode="after")
    def _keys_go_with_the_kind(self) -> Dialect:
        told = {"parquet": "a Parquet file", "excel": "a workbook", "sql": "a query"}
        stray = sorted(self.model_fields_set & {"separator", "encoding"})
        if stray and self.kind != "csv":
            raise ValueError(f"`{stray[0]}` goes with CSV files, not with {told[self.kind]}")
        if self.sheet is not None and self.kind != "excel":
            raise ValueError("`sheet` goes with a workbook (.xlsx, .xls)")
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
        if "merged_into" in roles:
            return ("merges",)
        if roles & {"field", "valid_from"}:
            return ("changes",)
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
        if fault := _history_fault(self.columns):
            raise ValueError(fault)
        if "merged_into" in roles and roles - {"lead_id", "merged_into", "ignore"}:
            raise ValueError(
                "a file of merges holds the merged lead (`lead_id`) and the one it became "
                "(`merged_into`), no other role"
            )
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
        if roles & {"opened_at", "closed_at", "amount", "reason"} and "outcomes" not in self.tables:
            raise ValueError(
                "`opened_at`, `closed_at`, `amount` and `reason` go with a column of role `status`"
            )
        if "opened_at" in roles and "leads" in self.tables:
            raise ValueError(
                "role `opened_at` makes each row an episode of a lead: put it into a file of its own "
                "beside the file of the leads"
            )
        if roles & {"subject", "value"} and "events" not in self.tables:
            raise ValueError("`subject` and `value` go with a column of role `type`")
        if self.lookups and "leads" not in self.tables:
            raise ValueError("`lookups` go with the file of the leads")
        return self
