"""The signed decisions of `config/decisions.yaml`: read strictly, appended under a lock, never rewritten."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pandas as pd

from leadscore.adapters.appending import alone, append, entry_of
from leadscore.adapters.config.validation import origins_of, validated
from leadscore.adapters.config.yaml_strict import load_yaml_with_lines
from leadscore.domain.errors import InputError
from leadscore.domain.settings import Settings
from leadscore.scoring.thresholds import Decision, Decisions, in_force

FILE = "config/decisions.yaml"
_HEAD = """\
# Thresholds in force: an append-only list of signed, dated decisions, oldest first.
# `leadscore approve` and `leadscore revert` append; nobody edits or deletes, so that any past day can be replayed.
decisions:
"""
_KEPT = "restore the file from version control; lines are appended by commands only"


def signed_decisions(root: Path) -> list[Decision]:
    """Return the decisions of all sources, oldest first; none where there is no file.

    Raises
    ------
    InputError
        ``bad-decisions``, or what strict YAML refuses.
    """
    path = root / FILE
    return _read(path) if path.exists() else []


def decision_in_force(root: Path, settings: Settings, *, as_of: pd.Timestamp | None) -> Decision:
    """Return the source's last decision at `as_of` (None: the last of all), else params' initial one."""
    return in_force(
        signed_decisions(root),
        source=settings.source.name,
        as_of=None if as_of is None or pd.isna(as_of) else as_of.date(),
        initial=settings.thresholds.initial,
    )


@contextmanager
def deciding(root: Path) -> Iterator[list[Decision]]:
    """Give the decisions to somebody who is about to append: nobody else does meanwhile.

    Raises
    ------
    BusyError
        ``decision-at-work``: somebody else is about to.
    """
    busy = "another approval or reversal is at work"
    with alone(root / "config/.decisions.lock", code="decision-at-work", busy=busy):
        yield signed_decisions(root)


def append_decision(root: Path, decision: Decision, *, known: list[Decision]) -> None:
    """Append a decision to those `known`: the old text stays byte for byte, and the file is whole at any moment.

    Raises
    ------
    InputError
        ``not-appended``: the file would not be read again as what it was and the new decision.
    """
    path = root / FILE

    def check(filled: Path) -> None:
        try:
            read, why = _read(filled), "it would read otherwise than it was written"
        except InputError as error:
            read, why = [], error.message
        if read != [*known, decision]:
            raise InputError(
                "not-appended", f"decision {decision.id} cannot be added below the others: {why}",
                file=path, fix="write the file as a list with a line for each key, and --reason in plain words",
            )  # fmt: skip

    plain = {key: _short(value) for key, value in decision.model_dump().items()}
    append(path, entry_of(plain, indent=_indent(path)), head=_HEAD, check=check)


def _short(value: object) -> object:
    """Return whole points without a fraction, as people write them."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _indent(path: Path) -> str:
    """Return how far the list's items are indented; somebody may have begun it otherwise."""
    if not path.exists():
        return "  "
    _, lines = load_yaml_with_lines(path)
    first = lines.get(("decisions", 0))
    if first is None:
        return "  "
    text = path.read_text("utf-8").splitlines()[first - 1]
    return text[: len(text) - len(text.lstrip(" "))]


def _read(path: Path) -> list[Decision]:
    value, lines = load_yaml_with_lines(path)
    origins = origins_of(path, lines) | {(): (path, 1)}
    return validated(Decisions, value, origins, code="bad-decisions", fix=_KEPT).decisions
