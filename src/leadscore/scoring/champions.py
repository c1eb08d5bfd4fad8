"""Who scores: the signed lines that make a bundle champion, and the grid where there is no line.

Lines are appended, never changed: a rollback is a further line that names the champion before, and
so is a retirement, which names the champion that scores no more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, field_validator

from leadscore.domain.strict import Strict
from leadscore.scoring.scorer import Opinion, Scorer

Text = Annotated[str, Field(min_length=1, pattern=r"\S")]
_DONE = {"promote": "promoted", "rollback": "brought back", "retire": "retired"}


class Promotion(Strict):
    """One signed line: from `at` on the bundle scores the source's leads, or scores them no more.

    `version` is the registry's number, null where MLflow was not there to give one. `act` says
    whether the bundle came new (``promote``), came back (``rollback``) or went (``retire``). `passed`
    and `despite` name gates: those it passed, and those it did not pass and was signed for nevertheless.
    """

    source: Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]
    version: Annotated[str, Field(pattern=r"^\d+$")] | None
    bundle_sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
    act: Literal["promote", "rollback", "retire"]
    by: Text
    at: str
    reason: Text
    passed: list[str]
    despite: list[str]

    @field_validator("at")
    @classmethod
    def _is_a_moment(cls, text: str) -> str:
        if not text.endswith("Z") or datetime.fromisoformat(text).tzinfo is None:
            raise ValueError(f"expected a moment as 2026-06-29T10:00:00Z, got {text!r}")
        return text

    @property
    def sha12(self) -> str:
        """The first twelve digits of the bundle's hash: how people and folders name it."""
        return self.bundle_sha256[:12]

    def told(self) -> str:
        """Return what was done with it, by whom and when, in words."""
        version = f"version {self.version}" if self.version else "no version in MLflow"
        return f"{self.sha12} ({version}), {_DONE[self.act]} by {self.by} on {self.at[:10]}: {self.reason}"


class Champions(Strict):
    """The whole list of one source, oldest first: moments never go back, a rollback goes one step back.

    A line that brings back or retires names the bundle it may: another one was written by hand.
    """

    champions: list[Promotion]

    @field_validator("champions")
    @classmethod
    def _appended_only(cls, lines: list[Promotion]) -> list[Promotion]:
        for before, line in zip(lines, lines[1:], strict=False):
            if line.at < before.at:
                raise ValueError(f"the line of {line.at} stands after that of {before.at}")
            if line.source != before.source:
                raise ValueError(f"one source a file, got {before.source} and {line.source}")
        for i, line in enumerate(lines):
            if line.act == "rollback" and not _names(previous_of(lines[:i]), line):
                raise ValueError(
                    f"the rollback of {line.at} names {line.sha12}, which was not the champion before"
                )
            if line.act == "retire" and not _names(champion_of(lines[:i]), line):
                raise ValueError(
                    f"the retirement of {line.at} names {line.sha12}, which was not the champion"
                )
        return lines


def _names(before: Promotion | None, line: Promotion) -> bool:
    return before is not None and before.bundle_sha256 == line.bundle_sha256


def champion_of(lines: Sequence[Promotion]) -> Promotion | None:
    """Return the line in force: the last one, unless it retires the champion."""
    return lines[-1] if lines and not is_retired(lines) else None


def is_retired(lines: Sequence[Promotion]) -> bool:
    """Tell whether there was a champion and the last line retires it."""
    return bool(lines) and lines[-1].act == "retire"


def previous_of(lines: Sequence[Promotion]) -> Promotion | None:
    """Return the line a rollback would bring back: the champion retired, or the one below the champion.

    Promotions pile up, and a rollback takes the top off. A retirement leaves the pile as it is.
    """
    pile = _pile(lines)
    if is_retired(lines):
        return pile[-1]
    return pile[-2] if len(pile) > 1 else None


def _pile(lines: Sequence[Promotion]) -> list[Promotion]:
    pile: list[Promotion] = []
    for i, line in enumerate(lines):
        if line.act == "retire" or (line.act == "rollback" and is_retired(lines[:i])):
            continue
        if line.act == "rollback" or (pile and _names(pile[-1], line)):
            pile.pop()  # a champion promoted again after its retirement lies there once
        if line.act == "promote":
            pile.append(line)
    return pile


def without_model(scorer: Scorer, manifest: dict[str, Any]) -> Scorer:
    """Return the scorer as it scores without a champion: the grid, or the base rate.

    Parameters
    ----------
    manifest
        Of the bundle; `without_model` says which of both led on the later window.
    """
    opinion: Opinion = "base_rate" if manifest.get("without_model") == "base_rate" else "grid"
    if scorer.opinion == "base_rate":
        opinion = "base_rate"
    return replace(scorer, opinion=opinion, model=None)
