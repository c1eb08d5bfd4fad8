"""What was measured so far, on disk: a run that was broken off goes on, a page is written again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from leadscore.adapters.files import to_json

Arrays = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True)
class Store:
    """A folder of named results: plain values and arrays."""

    folder: Path

    def has(self, key: str) -> bool:
        """Whether a result is there, whole."""
        return self._json(key).is_file()

    def write(self, key: str, about: Mapping[str, Any], arrays: Arrays | None = None) -> None:
        """Write a result; the plain values come last, so that a broken one does not count."""
        self.folder.mkdir(parents=True, exist_ok=True)
        if arrays is not None:
            with self._npz(key).open("wb") as file:
                np.savez_compressed(file, **arrays)
        self._json(key).write_text(to_json(dict(about)), encoding="utf-8")

    def about(self, key: str) -> dict[str, Any]:
        """Return a result's plain values."""
        return dict(json.loads(self._json(key).read_text("utf-8")))

    def arrays(self, key: str) -> Arrays:
        """Return a result's arrays."""
        with np.load(self._npz(key), allow_pickle=False) as file:
            return {name: file[name] for name in file.files}

    def keys(self, start: str) -> list[str]:
        """Return the names of results that begin so, in order."""
        return sorted(path.stem for path in self.folder.glob(f"{start}*.json"))

    def forget(self, start: str) -> None:
        """Delete the results whose names begin so."""
        for key in self.keys(start):
            self._json(key).unlink()

    def _json(self, key: str) -> Path:
        return self.folder / f"{key}.json"

    def _npz(self, key: str) -> Path:
        return self.folder / f"{key}.npz"
