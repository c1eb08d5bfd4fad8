"""Reads `params.yaml` and its overlays into `Settings`; every fault of the files in one error."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from leadscore.adapters.config.validation import Origins, origins_of, validated
from leadscore.adapters.config.yaml_strict import load_yaml_with_lines
from leadscore.domain.errors import InputError
from leadscore.domain.settings import Settings


def load_settings(path: Path, overlays: Sequence[Path] = ()) -> Settings:
    """Return the settings of a run.

    Parameters
    ----------
    path
        The full settings file.
    overlays
        Files that hold only keys that differ (profiles); later ones win. Maps are merged key by
        key, lists and values are replaced whole.

    Raises
    ------
    InputError
        A file is missing or no plain YAML, a key is unknown, missing or impossible: all faults at
        once, each with its line.
    """
    merged: dict[str, object] = {}
    origins: Origins = {}
    for file in (path, *overlays):
        value, lines = load_yaml_with_lines(Path(file))
        if not isinstance(value, dict):
            raise InputError(
                "bad-settings",
                f"expected a map of keys, got a {type(value).__name__}",
                file=file,
                row=1,
                fix="write `key: value` lines",
            )
        _merge(merged, value)
        # A list replaces the one before it whole: what stood in that is no origin any more.
        lists = [path for path in lines if (*path, 0) in lines]
        origins = {
            path: place
            for path, place in origins.items()
            if not any(path[: len(whole)] == whole for whole in lists)
        } | origins_of(Path(file), lines)
    origins[()] = (Path(path), 1)
    return validated(Settings, merged, origins, code="bad-settings")


def _merge(base: dict[str, object], over: dict[str, object]) -> None:
    """Lay `over` onto `base` in place."""
    for key, value in over.items():
        below = base.get(key)
        if isinstance(below, dict) and isinstance(value, dict):
            _merge(below, value)
        else:
            base[key] = value
