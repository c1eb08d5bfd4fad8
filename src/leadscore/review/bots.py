"""What the bot rules left out, in words: one sentence and a row per type of event.

It tells what was flagged, not what is true: nobody saw who clicked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from leadscore.history.bots import RULES, BotCount
from leadscore.review.words import percent

RULE_WORDS = {
    "instant": ("At once", "within seconds of the send"),
    "unopened": ("Unopened", "soon after the send, nothing opened"),
    "burst": ("Burst", "several links at the same moment"),
    "honeypot": ("Hidden link", "a link that no person sees, or beside one"),
}


@dataclass(frozen=True)
class BotRow:
    """One type of event: its name in words, and what its counts are."""

    words: str
    count: BotCount

    @property
    def share(self) -> float:
        """Share of the type's events that were flagged, in [0, 1]."""
        return self.count.flagged / self.count.seen

    @property
    def by_rule(self) -> list[int]:
        """Flagged events by rule, in the order of `RULE_WORDS`."""
        return [getattr(self.count, rule) for rule in RULES]


@dataclass(frozen=True)
class BotsTold:
    """The rows that the page and the screen show; at least one."""

    rows: Sequence[BotRow]

    @classmethod
    def from_counts(
        cls, counts: Sequence[Mapping[str, Any]], labels: Mapping[str, str]
    ) -> Self | None:
        """Read the snapshot stage's counts, one plain `BotCount` a type.

        Returns
        -------
        None where no open and no click was screened: then there is nothing to tell.
        """
        read = [BotCount(**count) for count in counts]
        rows = [BotRow(labels.get(c.type, c.type.replace("_", " ")), c) for c in read if c.seen]
        return cls(rows) if rows else None

    @property
    def sentence(self) -> str:
        """Say how much was left out, and what of."""
        seen = sum(row.count.seen for row in self.rows)
        hit = [row for row in self.rows if row.count.flagged]
        if not hit:
            return f"The bot rules flagged none of {seen:,} opens and clicks."
        parts = [
            f"{row.count.flagged:,} of {row.count.seen:,} “{row.words}” ({percent(row.share)})"
            for row in hit
        ]
        return (
            f"By the bot rules no person made {' and '.join(parts)}; "
            "they count neither for the model nor for the grid."
        )
