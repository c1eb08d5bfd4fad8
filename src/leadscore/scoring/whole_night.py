"""The nightly job whole, pure: every lead that is open at `as_of` gets a score, or the run stops."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import pandas as pd

from leadscore.domain.errors import GateError
from leadscore.domain.settings import Settings
from leadscore.history.changed import changed_leads
from leadscore.scoring.exploring import with_exploration
from leadscore.scoring.issuing import Issue, joined, order_of, taken
from leadscore.scoring.night_gates import Before, with_before
from leadscore.scoring.nightly import Elsewhere, Night, Piece, open_looks, refuse_stale
from leadscore.scoring.reference import Usual, refuse_changed
from leadscore.scoring.scorer import Scorer
from leadscore.scoring.segments import Unfit, is_unfit
from leadscore.scoring.shelves import CHANCE, Columns, MemoryShelf, Shard, Shelf, in_order
from leadscore.scoring.view import Sources

Progress = Callable[[int, int], None]
_TIERS = ("hot", "warm", "cold")


@dataclass(frozen=True)
class Leads:
    """Some leads of a source, to be read when their turn comes; `number` says which turn that is."""

    number: int
    n_leads: int
    read: Callable[[], Sources]


@dataclass(frozen=True)
class WholeNight:
    """A night over all leads.

    Attributes
    ----------
    usual
        How the leads' properties were in training; those of tonight are compared with it.
    unfit
        Segments whose percentages did not hold: their leads get score and tier, and no probability.
    is_compared, before
        Whether the tier of the night before stands beside tonight's, and that night (None: there is none).
    elsewhere
        What has the pieces scored, in any order, if not this process; then all leads are one shard.
    changed_since
        Score only the leads of whom something is new since then; None: all that are open. Not elsewhere, and
        of one shard: the events are gone through twice.
    """

    night: Night
    usual: Sequence[Usual] = ()
    unfit: Sequence[Unfit] = ()
    is_compared: bool = False
    before: Before | None = None
    elsewhere: Elsewhere | None = None
    changed_since: pd.Timestamp | None = None

    @classmethod
    def of(
        cls, scorer: Scorer, settings: Settings, about: Issue, *, shape: str, as_of: pd.Timestamp,
        usual: Sequence[Usual] = (), unfit: Sequence[Unfit] = (),
    ) -> WholeNight:  # fmt: skip
        """Say of a night which features are kept for the gates."""
        kept = {segment.column for segment in unfit} | {column.name for column in usual}
        return cls(Night(scorer, settings, about, frozenset(kept), shape, as_of), usual, unfit)

    def onto(
        self, shelf: Shelf, leads: Iterable[Leads], *, until: pd.Timestamp, progress: Progress | None = None,
        n_leads: int = 0,
    ) -> dict[str, int]:  # fmt: skip
        """Score every open lead onto a shelf; return the counts. Shards that lie there are not scored again.

        Parameters
        ----------
        leads
            Ascending by lead id.
        until
            Moment of the export (UTC; null as `as_of` for a source without dates).
        progress
            Told after each part how many of the `n_leads` leads were gone through.

        Raises
        ------
        GateError
            ``stale-export``: the export is too old to say who is open at `as_of`.
            ``no-open-leads``: nobody to score, which a delivery must not mistake for "all cold".
            ``nothing-new``: no open lead has changed.
            As `reference.refuse_changed`: a property is not what it was in training.
        """
        night, done, n_open = self.night, 0, 0
        refuse_stale(night.as_of, until, night.settings)
        for some in leads:
            if some.number not in shelf:
                told = None if progress is None else _Share(progress, done, some.n_leads, n_leads)
                sources = some.read()
                looks = open_looks(sources, shape=night.shape, as_of=night.as_of)
                n_open += len(looks)
                looks = self._changed(looks, sources)
                if len(looks):
                    shelf.put(some.number, self._shard(sources, looks, told))
            done += some.n_leads
            if progress is not None:
                progress(done, n_leads)
        if not shelf.numbers():
            raise self._nobody(done, n_open)
        return {"leads": done, **self._counted(shelf)}

    def _changed(self, looks: pd.DataFrame, sources: Sources) -> pd.DataFrame:
        if self.changed_since is None:
            return looks
        new = changed_leads(
            sources.leads, sources.events, sources.changes,
            since=self.changed_since, as_of=self.night.as_of,
        )  # fmt: skip
        return looks.loc[looks["lead_id"].isin(list(new))].reset_index(drop=True)

    def _shard(self, sources: Sources, looks: pd.DataFrame, told: _Share | None) -> Shard:
        """Score open leads, and put them in order."""
        pieces, done = [], 0
        made = (
            self.night.pieces(sources, looks)
            if self.elsewhere is None
            else self.elsewhere(self.night)
        )
        for piece in made:
            pieces.append(piece)
            done += len(piece.issued)
            if told is not None and done < len(looks):
                told.of(done / len(looks))
        if done != len(looks):
            raise AssertionError(f"lost leads: {len(looks)} open, {done} scored")
        return self._joined(pieces)

    def _joined(self, pieces: list[Piece]) -> Shard:
        night, settings = self.night, self.night.settings
        rows = pd.concat([piece.kept for piece in pieces], ignore_index=True)
        never = [lead for piece in pieces for lead in piece.never]
        issued = joined([piece.issued for piece in pieces])
        pieces.clear()
        order = order_of(issued)
        issued, kept = taken(issued, order), taken(rows, order)
        kept[CHANCE] = issued["probability"].to_numpy()
        issued["probability"] = issued["probability"].mask(is_unfit(kept, self.unfit))
        share = settings.exploration.share
        issued = with_exploration(issued, as_of=night.as_of, share=share, left_out=never)
        valid = pd.Timedelta(days=settings.score.valid_days)
        issued["expires_at"] = (issued["as_of"] + valid).dt.as_unit("us")
        moves: dict[str, int] = {}
        if self.is_compared:
            issued, moves = with_before(issued, self.before)
        return Shard(issued, kept, _tally(issued, n_disqualified=len(never)) | moves)

    def _counted(self, shelf: Shelf) -> dict[str, int]:
        """Add the shards' counts up, and hold their properties together against those of training."""
        counts: dict[str, int] = {}
        for number in shelf.numbers():
            for name, n in shelf.tally(number).items():
                counts[name] = counts.get(name, 0) + n
        scorer, settings = self.night.scorer, self.night.settings
        unknown = refuse_changed(
            self.usual,
            Columns(shelf),
            scorer.model.encoder if scorer.model else None,
            settings.score,
            min_leads=settings.review.min_leads,
        )
        return counts | {f"unknown {column}": n for column, n in unknown.items()}

    def _nobody(self, n_leads: int, n_open: int) -> GateError:
        as_of = self.night.as_of
        if n_open and self.changed_since is not None:
            return GateError(
                "nothing-new",
                f"none of {n_open:,} open leads has anything new since {self.changed_since:%Y-%m-%d %H:%M}Z",
                fix="nothing is to be done; or run `leadscore ingest` on a newer export first",
            )
        when = "in this export" if pd.isna(as_of) else f"at {as_of:%Y-%m-%d %H:%M}Z"
        return GateError(
            "no-open-leads",
            f"none of {n_leads} leads is open {when}",
            fix="check --as-of and the mapping's `statuses`; a history of closed leads can train but not be scored",
        )


@dataclass(frozen=True)
class _Share:
    """How far a shard's part of the whole has got."""

    progress: Progress
    before: int
    n_leads: int
    whole: int

    def of(self, share: float) -> None:
        self.progress(self.before + int(share * self.n_leads), self.whole)


def _tally(issued: pd.DataFrame, *, n_disqualified: int) -> dict[str, int]:
    return {
        "open": len(issued),
        "scored": len(issued),
        "disqualified": n_disqualified,
        "without_percentage": int(issued["probability"].isna().sum()),
        **{tier: int((issued["tier"] == tier).sum()) for tier in _TIERS},
        "explore": int(issued["explore"].sum()),
    }


def score_open_leads(
    scorer: Scorer,
    sources: Sources,
    settings: Settings,
    *,
    shape: str,
    as_of: pd.Timestamp,
    until: pd.Timestamp,
    about: Issue,
    usual: Sequence[Usual] = (),
    unfit: Sequence[Unfit] = (),
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Score every open lead of sources that memory holds; return the issued table and the counts behind it.

    Parameters and errors are those of `WholeNight`.
    """
    whole = WholeNight.of(
        scorer, settings, about, shape=shape, as_of=as_of, usual=usual, unfit=unfit
    )
    shelf = MemoryShelf()
    n_leads = len(sources.leads)
    counts = whole.onto(shelf, [Leads(0, n_leads, lambda: sources)], until=until)
    (issued,) = in_order(shelf, rows_at_once=n_leads)
    return issued, counts
