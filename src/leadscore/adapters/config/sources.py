"""Reads `config/sources/NAME.yaml` into a `SourceMapping`; every fault of the file in one error."""

from __future__ import annotations

from pathlib import Path

from leadscore.adapters.config.validation import origins_of, validated
from leadscore.adapters.config.yaml_strict import load_yaml_with_lines
from leadscore.domain.errors import InputError
from leadscore.domain.mapping import SourceMapping


def load_mapping(path: Path) -> SourceMapping:
    """Return the mapping of one export.

    Raises
    ------
    InputError
        The file is missing (nearest name), no plain YAML, or a key, role or word is unknown,
        missing or contradictory: all faults at once, each with its line.
    """
    value, lines = load_yaml_with_lines(Path(path))
    if not isinstance(value, dict):
        raise InputError(
            "bad-mapping",
            f"expected a map of keys, got a {type(value).__name__}",
            file=path,
            row=1,
            fix="write `key: value` lines; `leadscore init EXPORT.csv` proposes a mapping",
        )
    return validated(SourceMapping, value, origins_of(Path(path), lines), code="bad-mapping")
