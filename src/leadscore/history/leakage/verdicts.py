"""What counts of events amount to: the limits at which a type of event is suspected."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import astuple, dataclass

import numpy as np

from leadscore.domain.settings import LeakageSettings
from leadscore.history.leakage.ground import Suspicion
from leadscore.history.leakage.signal import surprise, told

_PURE = (0.02, 0.95)
_HALF = 0.5
_IMPOSSIBLE = 0.2  # share of leads not yet created, or closed, at the moment of a batch
_AT_ONCE = 0.2  # share of leads with five events and more that have them all at one second


@dataclass(frozen=True)
class Tally:
    """Counts of one type of event, or of one subject of it.

    Attributes
    ----------
    n, before, future
        Events; those dated over a day before the lead was created, and after the export.
    won, lost
        Closed leads that have one.
    unseen, near
        Closed leads whose first one is at or after closing; or before, but near it.
    still_open, settled
        Open leads that have one, and those that had it a week ago.
    """

    n: int = 0
    before: int = 0
    future: int = 0
    won: int = 0
    lost: int = 0
    unseen: int = 0
    near: int = 0
    still_open: int = 0
    settled: int = 0

    def __add__(self, other: Tally) -> Tally:
        """Return the counts of both."""
        return Tally(*(a + b for a, b in zip(astuple(self), astuple(other), strict=True)))

    @property
    def closed(self) -> int:
        """Closed leads that have one."""
        return self.won + self.lost


def verdicts(
    tallies: Mapping[tuple[str, str | None], Tally],
    batches: Mapping[str, tuple[int, int, int]],
    *,
    at_once: tuple[int, int],
    base: float,
    settings: LeakageSettings,
) -> list[Suspicion]:
    """Return the suspicions that counts of events give rise to.

    Parameters
    ----------
    tallies
        By type and subject; subject None stands for the whole type.
    batches
        By type: its busiest second, the events of it, and how many of them cannot have happened.
    at_once
        Leads whose five events or more fall on one second, of all leads with as many.
    base
        Share won of closed leads.
    """
    found = []
    n_at_once, n_many = at_once
    if n_at_once >= settings.min_rows and n_at_once >= _AT_ONCE * n_many:
        said = (
            f"{told(n_at_once, n_many)} leads with five events or more have them all at one second"
        )
        found.append(Suspicion("events", "dated at one moment", said))
    by_type: dict[str, list[tuple[str, Tally]]] = {}
    for (name, subject), tally in tallies.items():
        if subject is not None:
            by_type.setdefault(name, []).append((subject, tally))
    for (name, _), tally in sorted(t for t in tallies.items() if t[0][1] is None):
        found += _dates(name, tally, batches.get(name), settings)
        closing = _closing(name, "", tally, base, settings)
        if not closing:
            # A change of stage is no leak, the change to `won` is.
            for subject, part in sorted(by_type.get(name, [])):
                closing += _closing(name, f"'{subject}' ", part, base, settings)
        found += closing[:1]
    return found


def _dates(
    name: str, tally: Tally, batch: tuple[int, int, int] | None, settings: LeakageSettings
) -> list[Suspicion]:
    found = []
    if tally.future:
        said = f"{tally.future:,} of {tally.n:,} dated over a day after the export"
        found.append(
            Suspicion(
                f"events:{name}",
                "dated after the export",
                said,
                "stops" if tally.future >= settings.min_rows else "warns",
            )
        )
    if (
        tally.before >= settings.min_rows
        and tally.before > settings.before_creation_share * tally.n
    ):
        said = f"{told(tally.before, tally.n)} dated over a day before the lead was created"
        found.append(Suspicion(f"events:{name}", "dated before the lead", said))
    if batch is not None:
        second, n, impossible = batch
        if n >= max(settings.min_rows, _HALF * tally.n) and impossible >= _IMPOSSIBLE * n:
            said = (
                f"{told(n, tally.n)} dated {np.datetime64(second, 's')} UTC, when {impossible:,} of the leads "
                "were closed or not yet there: entered in one batch"
            )
            found.append(Suspicion(f"events:{name}", "entered in one batch", said))
    return found


def _closing(
    name: str, subject: str, tally: Tally, base: float, settings: LeakageSettings
) -> list[Suspicion]:
    """Return whether a type belongs to the closing: at it, after it, or just before and for one outcome."""
    n = tally.closed
    if n < settings.min_rows:
        return []
    if tally.unseen == n and not tally.still_open:
        said = (
            f"{subject}only at or after closing: {n:,} closed leads ({tally.won:,} won), no open "
            "one; no look sees it"
        )
        return [Suspicion(f"events:{name}", "only after closing", said, "unseen")]
    late = tally.unseen + tally.near
    total = n + tally.settled
    if late < settings.near_close_share * total:
        return []
    rate = tally.won / total
    sure = float(surprise(tally.won, total, base)) >= settings.min_z
    is_won = rate >= _PURE[1] and base <= 0.9
    is_lost = rate <= min(_PURE[0], base / 10)
    if tally.unseen < _HALF * total and not (sure and (is_won or is_lost)):
        return []
    said = (
        f"{subject}first seen at or after closing for {tally.unseen:,}, just before it for {tally.near:,} of "
        f"{total:,} leads; {told(tally.won, total)} won, {base:.0%} of all closed"
    )
    return [Suspicion(f"events:{name}", "happens at closing", said)]
