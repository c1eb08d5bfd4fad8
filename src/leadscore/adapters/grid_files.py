"""A grid as the YAML file people read, as commands write it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from leadscore.domain.rules import Grid

_ON_ONE_LINE = ("words", "when", "bands", "caps", "decay", "each_time", "fit", "engagement")


def grid_yaml(grid: Grid, *, head: str) -> str:
    """Return a grid as a YAML file people can read, below a comment; the strict reader gives back the same grid."""
    plain = grid.model_dump(mode="json", by_alias=True, exclude_none=True, exclude_defaults=True)
    lines = [head.rstrip()]
    for key, value in plain.items():
        if isinstance(value, list) and value:
            lines += ["", f"{key}:"]
            for item in value:
                lines += [*_item(item), ""]
            lines.pop()
        elif isinstance(value, dict) and key not in _ON_ONE_LINE:
            lines += [f"{key}:", *(f"  {_key(k)}: {_flow(v)}" for k, v in value.items())]
        else:
            lines.append(f"{key}: {_value(key, value)}")
    return "\n".join(lines) + "\n"


def _item(item: Mapping[str, Any]) -> Iterator[str]:
    begin = "  - "
    for key, value in item.items():
        yield f"{begin}{key}: {_value(key, value)}"
        begin = "    "


def _value(key: str, value: Any) -> str:
    """Return a value on one line; days are written bare, as in the grids people write."""
    if key in ("version", "from", "until"):
        return str(value)
    return _flow(value)


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        return "{" + ", ".join(f"{_key(k)}: {_flow(v)}" for k, v in value.items()) + "}"
    if isinstance(value, Sequence) and not isinstance(value, str):
        return "[" + ", ".join(_flow(part) for part in value) + "]"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return json.dumps(value, ensure_ascii=False)


def _key(key: str) -> str:
    return json.dumps(key) if key.isdigit() else key
