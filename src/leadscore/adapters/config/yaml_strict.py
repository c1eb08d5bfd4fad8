"""YAML as a person means it: text, numbers, true/false, lists and maps; every trap is refused.

It answers what a settings file says and on which line each key stands. It refuses anchors, aliases,
merge keys, tags, several documents, duplicate keys and the words that YAML 1.1 silently turns into
something else (`NO`, `on`, `010`, `1_000`, `12:30:00`, `.nan`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from leadscore.domain.errors import InputError, nearest

MAX_BYTES = 1_000_000
MAX_DEPTH = 20

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
    text = _read_text(Path(path))
    try:
        return _Builder(path).build(yaml.parse(text, Loader=yaml.SafeLoader))
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        what = " ".join(part for part in (error.context, error.problem) if part)
        raise InputError(
            "bad-yaml",
            f"can't be read as YAML: {what}",
            file=path,
            row=None if mark is None else mark.line + 1,
            column=None if mark is None else str(mark.column + 1),
            fix="look for a tab, a missing quote or colon, or uneven indentation there",
        ) from error
    except yaml.YAMLError as error:
        raise InputError("bad-yaml", f"can't be read as YAML: {error}", file=path) from error


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


class _Builder:
    """Builds values from parse events; holds the lines of the keys seen so far."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.lines: Lines = {}

    def build(self, events: Iterator[Any]) -> tuple[object, Lines]:
        value: object = None
        n_documents = 0
        for event in events:
            if isinstance(event, yaml.DocumentStartEvent):
                n_documents += 1
                if n_documents > 1:
                    raise self._fault(
                        event, "second document in the file", "keep one document; remove the `---`"
                    )
                value = self._node(next(events), events, ())
        if n_documents == 0 or value is None:
            raise InputError(
                "empty-yaml", "the file says nothing", file=self.path, fix="fill it or remove it"
            )
        return value, self.lines

    def _node(self, event: Any, events: Iterator[Any], path: KeyPath) -> object:
        self._refuse_cleverness(event, path)
        self.lines.setdefault(path, event.start_mark.line + 1)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._sequence(events, path)
        return self._mapping(events, path)

    def _sequence(self, events: Iterator[Any], path: KeyPath) -> list[object]:
        items: list[object] = []
        while not isinstance(event := next(events), yaml.SequenceEndEvent):
            items.append(self._node(event, events, (*path, len(items))))
        return items

    def _mapping(self, events: Iterator[Any], path: KeyPath) -> dict[str, object]:
        found: dict[str, object] = {}
        while not isinstance(event := next(events), yaml.MappingEndEvent):
            key = self._key(event, path)
            if key in found:
                first = self.lines[(*path, key)]
                raise self._fault(
                    event,
                    f"key '{key}' stands here a second time (first on line {first})",
                    "keep one",
                )
            self.lines[(*path, key)] = event.start_mark.line + 1
            found[key] = self._node(next(events), events, (*path, key))
        return found

    def _key(self, event: Any, path: KeyPath) -> str:
        self._refuse_cleverness(event, path)
        if not isinstance(event, yaml.ScalarEvent):
            raise self._fault(event, "a key must be plain text", "write `key: value`")
        if event.style is None and event.value == "<<":
            raise self._fault(event, "merge keys (`<<`) are not read", "write the keys out")
        key = self._scalar(event)
        if not isinstance(key, str):
            raise self._fault(
                event, f"key `{event.value}` is not text", f"quote it: '{event.value}'"
            )
        return key

    def _scalar(self, event: Any) -> str | int | float | bool | None:
        text = str(event.value)
        if event.style is not None:
            return text
        if _NULL.fullmatch(text):
            return None
        if text in ("true", "false"):
            return text == "true"
        for trap, why in _TRAPS:
            if trap.fullmatch(text):
                raise self._fault(
                    event, f"`{text}`: {why} in YAML", f"quote it if it is text: '{text}'"
                )
        if _INT.fullmatch(text):
            return int(text)
        if _FLOAT.fullmatch(text):
            return self._finite(event, float(text))
        return text

    def _finite(self, event: Any, number: float) -> float:
        if math.isinf(number):
            raise self._fault(event, f"`{event.value}` is no finite number", "write a smaller one")
        return number

    def _refuse_cleverness(self, event: Any, path: KeyPath) -> None:
        if isinstance(event, yaml.AliasEvent) or event.anchor is not None:
            raise self._fault(
                event,
                "anchors and aliases (`&`, `*`) are not read",
                "write the value out, or quote it",
            )
        if event.tag is not None:
            raise self._fault(
                event, f"tags (`{event.tag}`) are not read", "remove the tag, or quote the text"
            )
        if len(path) > MAX_DEPTH:
            raise self._fault(event, f"nested deeper than {MAX_DEPTH}", "flatten it")

    def _fault(self, event: Any, what: str, fix: str) -> InputError:
        mark = event.start_mark
        return InputError(
            "yaml-trap",
            what,
            file=self.path,
            row=mark.line + 1,
            column=str(mark.column + 1),
            fix=fix,
        )
