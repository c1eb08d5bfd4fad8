"""The signed record of champions, one file a source: read strictly, appended whole, never rewritten."""

from __future__ import annotations

from pathlib import Path

from leadscore.adapters.appending import append, entry_of
from leadscore.adapters.config.validation import origins_of, validated
from leadscore.adapters.config.yaml_strict import load_yaml_with_lines
from leadscore.domain.errors import InputError
from leadscore.scoring.champions import Champions, Promotion

FOLDER = "config/champions"
_HEAD = """\
# Champions of source {source}: an append-only list of signed, dated lines, oldest first; the last is in force.
# `leadscore promote`, `leadscore rollback` and `leadscore retire` append; nobody edits or deletes.
champions:
"""
_KEPT = "restore the file from version control; lines are appended by commands only"


def record_of(root: Path, source: str) -> Path:
    """Return the file that holds a source's champions."""
    return root / FOLDER / f"{source}.yaml"


def signed_lines(root: Path, source: str) -> list[Promotion]:
    """Return the lines of a source, oldest first; none where nobody promoted yet.

    Raises
    ------
    InputError
        ``bad-champions``, or what strict YAML refuses.
    """
    path = record_of(root, source)
    return _read(path, source) if path.exists() else []


def append_line(root: Path, line: Promotion) -> None:
    """Append a line: the old text stays byte for byte, and the file is there whole or as it was."""
    append(
        record_of(root, line.source),
        entry_of(line.model_dump()),
        head=_HEAD.format(source=line.source),
        check=lambda filled: _read(filled, line.source),
    )


def _read(path: Path, source: str) -> list[Promotion]:
    value, lines = load_yaml_with_lines(path)
    origins = origins_of(path, lines) | {(): (path, 1)}
    signed = validated(Champions, value, origins, code="bad-champions").champions
    other = next((line.source for line in signed if line.source != source), None)
    if other is not None:
        told = f"the file is of {source}, a line is of {other}"
        raise InputError("bad-champions", told, file=path, fix=_KEPT)
    return signed
