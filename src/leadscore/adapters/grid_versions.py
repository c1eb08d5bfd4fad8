"""A signed grid takes the old one's place: its file and the line that says so, both or neither.

Two files cannot be renamed at once. So a note of what is about to happen is forced to disk first; whoever
next signs, or opens the project at the command line, finds the note of a killed one and ends it: the grid
follows where the line is there, and nothing has happened where it is not. Old files are kept byte for byte.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from pathlib import Path

from leadscore.adapters.appending import put
from leadscore.adapters.files import read_json, sha256_of, to_json
from leadscore.domain.errors import InputError
from leadscore.scoring.signed import GridDecision, Signed

VERSIONS = "config/grids/versions"
NOTE = "config/.decisions.grid.json"


def kept_as(decision_file: str, name: str, version: object, sha256: str) -> str:
    """Return where a version of a grid is kept, as a path in the project.

    Examples
    --------
    >>> kept_as("config/grids/combined.yaml", "combined", "2026-01-01", "ab12cd34ef567890")
    'config/grids/versions/combined-2026-01-01-ab12cd34ef56.yaml'
    """
    return f"{VERSIONS}/{name}-{version}-{sha256[:12]}{Path(decision_file).suffix}"


def put_in_force(
    config: Path, decision: GridDecision, text: str, *, sign: Callable[[], None]
) -> None:
    """Keep the old file, sign, and write the new one; the lock is the caller's.

    Parameters
    ----------
    sign
        Appends the decision's line.
    """
    path, kept, note = config / decision.file, config / decision.kept, config / NOTE
    if not kept.exists():
        put(kept, path.read_bytes())
    put(note, to_json({"decision": decision.model_dump(), "text": text}).encode())
    try:
        sign()
    except InputError:
        note.unlink()
        raise
    put(path, text.encode())
    note.unlink()


def is_unsettled(config: Path) -> bool:
    """Tell whether a signature was killed, or is at work."""
    return (config / NOTE).exists()


def settle(config: Path, signed: Sequence[Signed]) -> None:
    """End what a killed signature began; the lock is the caller's.

    Raises
    ------
    InputError
        ``half-signed``: the line is there, and somebody edited the grid since.
    """
    note = config / NOTE
    if not note.exists():
        return
    said = read_json(note, fix="delete the file, and look whether grid and decisions fit together")
    decision, text = GridDecision.model_validate(said["decision"]), str(said["text"])
    if decision in signed:
        path = config / decision.file
        found = sha256_of(path) if path.exists() else decision.before_sha256
        if found == decision.before_sha256:
            put(path, text.encode())
        elif found != decision.after_sha256:
            raise InputError(
                "half-signed",
                f"decision {decision.id} was killed before it wrote the grid, which was edited since",
                file=path,
                fix=f"put your edit aside and copy {decision.kept} over the file; the next command ends it",
            )
    note.unlink()


def sha256_of_bytes(text: str) -> str:
    """Return the hex sha256 that a file of this text has."""
    return hashlib.sha256(text.encode()).hexdigest()


def kept_version(config: Path, decision: GridDecision) -> Path:
    """Return the file of the version before a decision.

    Raises
    ------
    InputError
        ``kept-version-lost``: it is not there as it was kept.
    """
    path = config / decision.kept
    if not path.is_file() or sha256_of(path) != decision.before_sha256:
        told = "was edited" if path.is_file() else "is not there"
        raise InputError(
            "kept-version-lost", f"the version before decision {decision.id} {told}", file=path,
            fix="restore the file from version control",
        )  # fmt: skip
    return path
