"""JSON that vouches for itself: a manifest names the hashes of other files, a seal is the hash of its own content."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from leadscore.adapters.files import read_json, to_json

SEAL = "checksum"


def sealed(plain: Mapping[str, Any]) -> str:
    """Return the JSON text of some pairs with their seal among them; an older seal is left out."""
    bare = {key: value for key, value in plain.items() if key != SEAL}
    return to_json(bare | {SEAL: hashlib.sha256(to_json(bare).encode()).hexdigest()})


def is_sealed(path: Path, plain: Mapping[str, Any]) -> bool:
    """Tell whether a file holds exactly what was sealed, to the last byte.

    Parameters
    ----------
    plain
        What was read from it.
    """
    try:
        return path.read_bytes() == sealed(plain).encode()
    except ValueError:  # NaN, or half a character: nothing that `sealed` writes
        return False


def read_manifest(path: Path, *, fix: str) -> Any:
    """Read a manifest that is a plain file.

    Raises
    ------
    InputError
        ``missing-file`` (also a pipe, a device or a folder in its place) or ``bad-json``.
    """
    if path.exists() and not path.is_file():
        path = path / "not a file"
    return read_json(path, fix=fix)
