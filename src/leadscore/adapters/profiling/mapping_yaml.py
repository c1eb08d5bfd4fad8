"""Writes a proposed mapping as commented YAML, with CHECK and FILL IN where a person must look."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass

from leadscore.adapters.config.yaml_strict import reads_as_text
from leadscore.adapters.profiling.guess import COUNTRY_WORDS, Facts, plain_name

_ROLES = ("lead_id", "created_at", "closed_at", "status", "amount", "reason")
_EVENT_ROLES = ("lead_id", "occurred_at", "type", "subject")
_WON = re.compile(
    r".*\b(won|win|gagnee?|signed?|signee?|converted|convertie?|customer|client|closed won|yes|oui|1|true)\b.*"
)
_LOST = re.compile(
    r".*\b(lost|perdue?|closed lost|disqualified|disqualifie|abandon(ne)?|rejected|refusee?|no|non|0|false)\b.*"
)
_MAX_LEVELS_SHARE = 0.2
_MAX_WORDS = 40


@dataclass(frozen=True)
class Writing:
    """How a file is written.

    Attributes
    ----------
    name, n_rows, is_whole
        Its name, and how many rows were looked at; whether these are all of them.
    separator, encoding
        Of a CSV file.
    sheets
        Of a workbook: the sheet that was looked at, then the others that hold cells.
    """

    name: str
    n_rows: int
    is_whole: bool
    separator: str = ","
    encoding: str = "utf-8"
    sheets: tuple[str, ...] = ()


def mapping_text(columns: Sequence[Facts], writing: Writing) -> str:
    """Return the YAML text of a mapping for one file.

    Parameters
    ----------
    columns
        What its columns hold.
    writing
        How it is written.
    """
    file_name, n_rows = writing.name, writing.n_rows
    roles = _assigned(columns, n_rows)
    shape = _shape(roles)
    seen = f"{n_rows:,} rows" if writing.is_whole else f"its first {n_rows:,} rows"
    lines = [
        f"# Proposed by `leadscore init` from {file_name} ({seen}). Read every line:",
        "# CHECK marks a guess, FILL IN what only you can know.",
        f"description: {_q(f'Export {file_name}')}",
        f"shape: {shape} # events | dated | wide",
        *_id_lines(roles, shape),
        *_time_lines(columns, roles, shape),
        *_null_lines(columns),
        "",
        "files:",
        f"  {'events' if shape == 'events' else 'leads'}:",
        f"    path: {_q(file_name)}",
        *_writing_lines(writing),
        *_decimal_lines(columns),
        "    columns:",
        *_column_lines(columns, roles, n_rows),
        *_status_lines(columns, roles),
        *_event_lines(columns, roles),
    ]
    return "\n".join(lines) + "\n"


def _writing_lines(writing: Writing) -> list[str]:
    lines = []
    if writing.separator != ",":
        lines.append(f"    separator: {_q(writing.separator)}")
    if writing.encoding != "utf-8":
        lines.append(f"    encoding: {writing.encoding}")
    if len(writing.sheets) > 1:
        others = ", ".join(_q(sheet) for sheet in writing.sheets[1:])
        lines.append(f"    sheet: {_q(writing.sheets[0])} # CHECK: the workbook also has {others}")
    return lines


def _assigned(columns: Sequence[Facts], n_rows: int) -> dict[str, Facts]:
    """Return the column of each role; a role goes to the first column whose name and values fit."""
    found: dict[str, Facts] = {}
    by_guess: dict[str, Facts] = {}
    for column in columns:
        if column.guess is not None and _values_fit(column, n_rows):
            by_guess.setdefault(column.guess, column)
    is_log = "type" in by_guess and "occurred_at" in by_guess and "created_at" not in by_guess
    for role in _EVENT_ROLES if is_log else _ROLES:
        if role in by_guess:
            found[role] = by_guess[role]
    if not is_log and "created_at" not in found and "occurred_at" in by_guess:
        found["created_at"] = by_guess["occurred_at"]
    if not is_log and "lead_id" not in found:
        unique = [c for c in columns if c.n_distinct == n_rows and c.kind != "time"]
        if unique:
            found["lead_id"] = unique[0]
    if not is_log and "created_at" not in found and "order" in by_guess:
        found["order"] = by_guess["order"]
    if found.get("order") is found.get("lead_id"):
        found.pop("order", None)
    return found


def _values_fit(column: Facts, n_rows: int) -> bool:
    if column.guess in ("created_at", "closed_at", "occurred_at"):
        return column.kind == "time"
    if column.guess == "status":
        return 2 <= column.n_distinct <= _MAX_WORDS and column.kind != "time"
    if column.guess in ("order", "amount"):
        return column.kind == "number" and (column.guess == "amount" or column.n_distinct == n_rows)
    return True


def _shape(roles: dict[str, Facts]) -> str:
    if "type" in roles:
        return "events"
    return "dated" if "created_at" in roles and "closed_at" in roles else "wide"


def _id_lines(roles: dict[str, Facts], shape: str) -> list[str]:
    if "lead_id" in roles or shape != "wide":
        return []
    return [
        "lead_id: row # CHECK: no column names the lead, so its row does; or give one {role: lead_id}"
    ]


def _time_lines(columns: Sequence[Facts], roles: dict[str, Facts], shape: str) -> list[str]:
    times = [roles[r] for r in ("created_at", "closed_at", "occurred_at") if r in roles]
    if not times:
        return [
            "order: column # CHECK: does it grow with creation?" if "order" in roles
            else "order: none # CHECK: `row`, if the rows stand in the order of creation"
        ]  # fmt: skip
    lines = []
    common = [f for f in times[0].formats if all(f in t.formats for t in times)]
    if len(common) == 1:
        lines.append(f"format: {_q(common[0])}")
    elif common:
        shown = " or ".join(_q(f) for f in common)
        lines.append(f"format: FILL_IN # day or month first? {shown}; no date of the file tells")
    else:
        lines.append(
            "format: FILL_IN # the times are written in several ways; give columns a `format`"
        )
    if any(t.is_naive for t in times):
        lines.append(
            "zone: null # FILL IN: the times have no offset; zone of the CRM, like Europe/Paris"
        )
    if shape == "wide" and "created_at" not in roles:
        lines.append("order: none # CHECK: `row`, if the rows stand in the order of creation")
    return lines


def _null_lines(columns: Sequence[Facts]) -> list[str]:
    places = [c for c in columns if c.guess == "country"]
    codes = {w for c in places for w in c.words if w.casefold() in COUNTRY_WORDS}
    words = sorted({word for c in columns for word in c.nulls} - codes)
    shown = ", ".join(_q(word) for word in ["", *words])
    lines = [f"nulls: [{shown}]" + (" # CHECK: words that mean nothing" if words else "")]
    lines += [
        f"# CHECK: {code} is a country here, so it is no null; if it is in other columns, add it to "
        "their own `nulls`"
        for code in sorted(codes)
    ]
    doubtful = [f"{c.header}: {', '.join(c.doubtful)}" for c in columns if c.doubtful]
    if doubtful:
        lines.append("# CHECK: if these mean nothing too, add them to the column's own `nulls`:")
        lines += [f"#   {line}" for line in doubtful]
    return lines


def _decimal_lines(columns: Sequence[Facts]) -> list[str]:
    marks = [c.decimal for c in columns if c.kind == "number"]
    return ['    decimal: ","'] if marks.count(",") > 0 else []


def _column_lines(columns: Sequence[Facts], roles: dict[str, Facts], n_rows: int) -> list[str]:
    role_of = {column.header: role for role, column in roles.items()}
    taken: set[str] = set()
    lines = []
    if "lead_id" not in roles and _shape(roles) != "wide":
        lines.append("      # FILL IN: no column names the lead; set one to {role: lead_id}")
    if "status" not in roles and "type" not in roles:
        lines.append("      # FILL IN: no column says won or lost; set one to {role: status}")
    for column in columns:
        role = role_of.get(column.header)
        if role is not None:
            lines.append(f"      {_q(column.header)}: {{role: {role}}} # CHECK")
        elif "type" in roles:
            lines.append(f"      {_q(column.header)}: {{role: ignore}}")
        else:
            lines.append(f"      {_q(column.header)}: {_property(column, taken, n_rows)}")
    return lines


def _property(column: Facts, taken: set[str], n_rows: int) -> str:
    if column.guess == "person":
        return "{role: ignore} # of a person, no criterion"
    if column.filled == 0:
        return "{role: ignore} # empty"
    if column.kind == "time":
        return "{role: ignore} # a date; properties are words and numbers"
    kind = _kind(column)
    many = column.n_distinct > max(50, _MAX_LEVELS_SHARE * n_rows)
    if kind == "category" and many:
        return (
            f"{{role: ignore}} # {column.n_distinct:,} different values: an id, a name or free text"
        )
    name = _free_name(column, taken)
    taken.add(name)
    kind_text = "" if kind == "category" else f", kind: {kind}"
    late = " # CHECK: may be written after the outcome" if column.looks_late else ""
    return f"{{role: property, name: {_word(name)}{kind_text}, known: as_exported}}{late}"


def _kind(column: Facts) -> str:
    if column.guess in ("email", "email_domain", "job_title", "country"):
        return column.guess
    return column.kind if column.kind in ("number", "flag") else "category"


def _free_name(column: Facts, taken: set[str]) -> str:
    properties = ("industry", "employees", "channel", "product", "owner", "company", "country")
    plain = plain_name(column.header).replace(" ", "_") or "column"
    name = column.guess if column.guess in (*properties, "job_title", "email_domain") else plain
    name = "email_domain" if column.guess == "email" else str(name)
    if not name[0].isalpha():
        name = f"c_{name}"
    free, n = name, 2
    while free in taken or free in ("lead_id", "created_at", "order"):
        free, n = f"{name}_{n}", n + 1
    return free


def _status_lines(columns: Sequence[Facts], roles: dict[str, Facts]) -> list[str]:
    if "type" in roles:
        return []
    if "status" not in roles:
        return ["", "statuses: {} # FILL IN: the words that mean won, lost and open"]
    lines = ["", "statuses: # CHECK each word: won, lost or open"]
    return lines + [f"  {_q(word)}: {_status(word)}" for word in roles["status"].words]


def _status(word: str) -> str:
    plain = plain_name(word)
    if _LOST.fullmatch(plain):
        return "lost"
    return "won" if _WON.fullmatch(plain) else "open"


def _event_lines(columns: Sequence[Facts], roles: dict[str, Facts]) -> list[str]:
    if "type" not in roles:
        return []
    lines = ["", "# FILL IN: the file of the leads (and of the outcomes) goes under `files` too.",
             "# CHECK: is_engagement: false for what was done to the lead; type `ignore` leaves rows out.",
             "events:"]  # fmt: skip
    for word in roles["type"].words:
        slug = plain_name(word).replace(" ", "_")
        slug = slug if slug[:1].isalpha() else f"e_{slug}"
        lines.append(f"  {_q(word)}: {{type: {_word(slug)}}}")
    return lines


def _word(name: str) -> str:
    """Return a name as it stands in YAML, quoted only where it must be."""
    return name if reads_as_text(name) else _q(name)


def _q(text: str) -> str:
    """Return text in double quotes as YAML reads it; what can't be printed is escaped."""
    shown = json.dumps(text, ensure_ascii=False)
    return "".join(c if c.isprintable() else json.dumps(c)[1:-1] for c in shown)
