"""The signed decisions of `config/decisions.yaml`: read strictly, appended under a lock, never rewritten."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from leadscore.adapters.appending import alone, append, entry_of
from leadscore.adapters.config.validation import origins_of, validated
from leadscore.adapters.config.yaml_strict import load_yaml_with_lines
from leadscore.adapters.grid_versions import is_unsettled, settle
from leadscore.adapters.signature import Signature
from leadscore.domain.errors import BusyError, InputError
from leadscore.domain.settings import Settings
from leadscore.scoring.thresholds import (
    AnyDecision,
    Decision,
    Decisions,
    in_force,
    on_thresholds,
)

FILE = "config/decisions.yaml"
_HEAD = """\
# Thresholds and points in force: an append-only list of signed, dated decisions, oldest first.
# `leadscore approve` and `leadscore revert` append; nobody edits or deletes, so that any past day can be replayed.
decisions:
"""
_KEPT = "restore the file from version control; lines are appended by commands only"


def signed_decisions(root: Path) -> list[Decision]:
    """Return the decisions on thresholds of all sources; errors as `all_signed`."""
    return on_thresholds(all_signed(root))


def all_signed(root: Path) -> list[AnyDecision]:
    """Return the decisions of all sources, on thresholds and on grids, oldest first; none where there is no file.

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
def deciding(root: Path) -> Iterator[list[AnyDecision]]:
    """Give the decisions to somebody who is about to append: nobody else does meanwhile.

    Raises
    ------
    BusyError
        ``decision-at-work``: somebody else is about to.
    InputError
        As `all_signed`, or as `adapters.grid_versions.settle`: what a killed one left is ended first.
    """
    busy = "another approval or reversal is at work"
    with alone(root / "config/.decisions.lock", code="decision-at-work", busy=busy):
        known = all_signed(root)
        settle(root, known)
        yield known


def end_unsettled(root: Path) -> None:
    """End what a killed signature left half done; nothing while another one is at work."""
    if is_unsettled(root):
        with suppress(BusyError), deciding(root):
            pass


def next_line(known: Sequence[AnyDecision], signature: Signature, *, source: str) -> dict[str, Any]:
    """Return what every new decision begins with: id, day, who, source and why.

    Raises
    ------
    InputError
        ``day-goes-back``: the day lies before the source's last decision.
    """
    moment = signature.at
    day = date.fromisoformat(moment[:10]).isoformat()
    last = next((each for each in reversed(known) if each.source == source), None)
    if last is not None and day < last.decided_on:
        raise InputError(
            "day-goes-back", f"--on {day} lies before decision {last.id} ({last.decided_on})",
            file=FILE, column="decided_on", fix=f"sign for {last.decided_on} or a later day",
        )  # fmt: skip
    return {
        "id": f"{max((int(each.id) for each in known), default=0) + 1:04d}",
        "decided_on": day, "by": signature.by, "source": source, "reason": signature.reason,
    }  # fmt: skip


def append_decision(root: Path, decision: AnyDecision, *, known: list[AnyDecision]) -> None:
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

    left_out = {key for key in ("expected", "reverts") if getattr(decision, key, None) is None}
    plain = {key: _short(value) for key, value in decision.model_dump(exclude=left_out).items()}
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


def _read(path: Path) -> list[AnyDecision]:
    value, lines = load_yaml_with_lines(path)
    origins = origins_of(path, lines) | {(): (path, 1)}
    return validated(Decisions, value, origins, code="bad-decisions", fix=_KEPT).decisions
