"""YAML as a person means it: text, numbers, true/false, lists and maps; every trap is refused.

It answers what a settings file says and on which line each key stands. It refuses anchors, aliases,
merge keys, tags, several documents, duplicate keys, secrets, and the words that YAML 1.1 silently turns
into something else (`NO`, `on`, `010`, `1_000`, `12:30:00`, `.nan`); all that a file holds, at once.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from leadscore.adapters.config.secrets import is_secret
from leadscore.domain.errors import InputError, nearest

MAX_BYTES = 1_000_000
MAX_DEPTH = 20
_SHOWN = 20

KeyPath = tuple[str | int, ...]
Lines = dict[KeyPath, int]

_NULL = re.compile(r"|~|null")
_INT = re.compile(r"[-+]?(0|[1-9][0-9]*)")
_FLOAT = re.compile(r"[-+]?((0|[1-9][0-9]*)(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?")
_TRAPS = (
    (re.compile(r"y|yes|n|no|on|off|true|false", re.IGNORECASE), "reads as true or false"),
    (re.compile(r"null", re.IGNORECASE), "reads as nothing"),
    (
        re.compile(r"[-+]?0[0-9_]+(\.[0-9_]*)?([eE][-+]?[0-9]+)?"),
        "a number with a leading zero reads as octal",
    ),
    (re.compile(r"[-+]?[0-9][0-9_]*_[0-9_]*(\.[0-9_]*)?"), "underscores in numbers are dropped"),
    (re.compile(r"[-+]?0[xXoObB][0-9a-fA-F_]+"), "reads as a hexadecimal, octal or binary number"),
    (
        re.compile(r"[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?"),
        "a number with colons reads as sixties",
    ),
    (re.compile(r"[-+]?\.(inf|nan)", re.IGNORECASE), "is no finite number"),
)


def load_yaml(path: Path) -> object:
    """Return what a YAML file says, as maps, lists, text, numbers, booleans and None.

    Raises
    ------
    InputError
        The file is missing, empty, too large, too deep, no UTF-8, no YAML, or holds a trap; with
        line and column.
    """
    return load_yaml_with_lines(path)[0]


def load_yaml_with_lines(path: Path) -> tuple[object, Lines]:
    """Return what a YAML file says, and the 1-based line of every key path.

    Returns
    -------
    tuple
        The value; and a dict from key path (``("model", "num_leaves")``; list items by number)
        to line.

    Raises
    ------
    InputError
        As `load_yaml`.
    """
    value, lines, _ = load_yaml_with_places(path)
    return value, lines


def load_yaml_with_places(path: Path) -> tuple[object, Lines, Lines]:
    """Return what a YAML file says, and the 1-based line and column of every key path.

    Raises
    ------
    InputError
        As `load_yaml`.
    """
    text = _read_text(Path(path))
    builder = _Builder(path)
    try:
        value = builder.build(yaml.parse(text, Loader=yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        what = " ".join(part for part in (error.context, error.problem) if part)
        ends = error.problem_mark or error.context_mark
        mark = error.context_mark if "quoted scalar" in what else ends
        line, column = (None, None) if mark is None else (mark.line + 1, mark.column + 1)
        if builder.quoted is not None:
            what += "; a text in quotes begins at {}:{} and ends lines later".format(
                *builder.quoted
            )
        fix = "look for a tab, a missing quote or colon, or uneven indentation there"
        fault = _Trap(line, column, f"can't be read as YAML: {what}", fix, "bad-yaml")
        raise _refusal(path, [*builder.faults, fault]) from error
    except yaml.YAMLError as error:
        fault = _Trap(None, None, f"can't be read as YAML: {error}", "save it as text", "bad-yaml")
        raise _refusal(path, [*builder.faults, fault]) from error
    return value, builder.lines, builder.columns


def reads_as_text(word: str) -> bool:
    """Say whether a plain word without quotes would be read as the text it is."""
    others = (_NULL, _INT, _FLOAT, *(trap for trap, _ in _TRAPS))
    return word not in ("true", "false") and not any(other.fullmatch(word) for other in others)


def _read_text(path: Path) -> str:
    if not path.is_file():
        known = [p.name for p in path.parent.glob("*.y*ml")] if path.parent.is_dir() else []
        hint = nearest(path.name, known) if known else f"no YAML file in {path.parent}"
        what = "is a folder, not a file" if path.is_dir() else "file not found"
        raise InputError("missing-file", what, file=path, fix=hint)
    try:
        content = path.read_bytes()
    except OSError as error:
        raise InputError(
            "unreadable-file", f"can't be opened: {error.strerror}", file=path
        ) from error
    if len(content) > MAX_BYTES:
        raise InputError(
            "too-large",
            f"{len(content):,} bytes, at most {MAX_BYTES:,} are read",
            file=path,
            fix="split it",
        )
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        raise InputError(
            "bad-encoding",
            f"byte {error.start} is not UTF-8",
            file=path,
            row=row,
            fix="save the file as UTF-8",
        ) from error


class _Trap(NamedTuple):
    """One thing that is refused, where, and its mend."""

    line: int | None
    column: int | None
    what: str
    fix: str
    code: str = "yaml-trap"


def _refusal(path: Path, faults: list[_Trap]) -> InputError:
    """Return one error of all faults; the first gives place, code and mend."""
    first, *others = faults
    told = [f"{f.line}:{f.column} {f.what} ({f.fix})" for f in others[: _SHOWN - 1]]
    if len(faults) > _SHOWN:
        told.append(f"and {len(faults) - _SHOWN} more")
    column = None if first.column is None else str(first.column)
    message = "; ".join([first.what, *told])
    return InputError(first.code, message, file=path, row=first.line, column=column, fix=first.fix)


class _Builder:
    """Builds values from parse events; holds the places of the keys and the faults seen so far."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: Lines = {}
        self.columns: Lines = {}
        self.faults: list[_Trap] = []
        self.quoted: tuple[int, int] | None = None  # the latest text in quotes over several lines

    def build(self, events: Iterator[Any]) -> object:
        value: object = None
        n_documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                n_documents += 1
                if n_documents > 1:
                    self._note(event, "second document in the file", "keep one; remove the `---`")
                    break
                value = self._node(next(events), events, ())
        if self.faults:
            raise _refusal(self.path, self.faults)
        if n_documents == 0 or value is None:
            raise InputError(
                "empty-yaml", "the file says nothing", file=self.path, fix="fill it or remove it"
            )
        return value

    def _node(self, event: Any, events: Iterator[Any], path: KeyPath) -> object:
        self._refuse_cleverness(event, path)
        self._placed(event, path)
        if isinstance(event, yaml.AliasEvent):
            return None
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, path)
        return self._mapping(events, path)

    def _sequence(self, events: Iterator[Any], path: KeyPath) -> list[object]:
        items: list[object] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(self._node(event, events, (*path, len(items))))
            self._refuse_secret(event, path, items[-1])
        return items

    def _mapping(self, events: Iterator[Any], path: KeyPath) -> dict[str, object]:
        found: dict[str, object] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key = self._key(event, events, path)
            if key in found:
                first = self.lines[(*path, key)]
                what = f"key '{key}' stands here a second time (first on line {first})"
                self._note(event, what, "keep one")
            self._placed(event, (*path, key))
            found[key] = self._node(value := next(events), events, (*path, key))
            self._refuse_secret(value, (*path, key), found[key])
        return found

    def _key(self, event: Any, events: Iterator[Any], path: KeyPath) -> str:
        if not isinstance(event, yaml.ScalarEvent):
            if not isinstance(event, yaml.AliasEvent):
                self._note(event, "a key must be plain text", "write `key: value`")
            self._node(event, events, (*path, "?"))
            return "?"
        self._refuse_cleverness(event, path)
        if event.style is None and event.value == "<<":
            self._note(event, "merge keys (`<<`) are not read", "write the keys out")
            return "<<"
        n = len(self.faults)
        key = self._scalar(event)
        if not isinstance(key, str) and len(self.faults) == n:
            self._note(event, f"key `{event.value}` is not text", f"quote it: '{event.value}'")
        return str(event.value)

    def _scalar(self, event: Any) -> str | int | float | bool | None:
        text = str(event.value)
        if event.style is not None:
            start = event.start_mark
            if event.style in "'\"" and event.end_mark.line > start.line:
                self.quoted = (start.line + 1, start.column + 1)
            return text
        if _NULL.fullmatch(text):
            return None
        if text in ("true", "false"):
            return text == "true"
        for trap, why in _TRAPS:
            if trap.fullmatch(text):
                self._note(event, f"`{text}`: {why} in YAML", f"quote it if it is text: '{text}'")
                return text
        if _INT.fullmatch(text):
            return int(text)
        if _FLOAT.fullmatch(text):
            if math.isinf(float(text)):
                self._note(event, f"`{text}` is no finite number", "write a smaller one")
            return float(text)
        return text

    def _placed(self, event: Any, path: KeyPath) -> None:
        self.lines.setdefault(path, event.start_mark.line + 1)
        self.columns.setdefault(path, event.start_mark.column + 1)

    def _refuse_secret(self, event: Any, path: KeyPath, value: object) -> None:
        if "sql" in path:  # refused by domain.mapping_sql, which says what stands there instead
            return
        key = next((part for part in reversed(path) if isinstance(part, str)), "")
        if isinstance(value, str) and is_secret(key, value):
            what = f"`{key}` holds a secret (not shown)"
            fix = "put it in an environment variable, and make a new one: this one was written down"
            self._note(event, what, fix, "literal-secret")

    def _refuse_cleverness(self, event: Any, path: KeyPath) -> None:
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            what = "anchors and aliases (`&`, `*`) are not read"
            self._note(event, what, "write the value out, or quote it")
        if getattr(event, "tag", None) is not None:
            what = f"tags (`{event.tag}`) are not read"
            self._note(event, what, "remove the tag, or quote the text")
        if len(path) > MAX_DEPTH:
            self._note(event, f"nested deeper than {MAX_DEPTH}", "flatten it")
            raise _refusal(self.path, self.faults)

    def _note(self, event: Any, what: str, fix: str, code: str = "yaml-trap") -> None:
        mark = event.start_mark
        self.faults.append(_Trap(mark.line + 1, mark.column + 1, what, fix, code))
