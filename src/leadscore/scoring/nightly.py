"""The nightly job, pure: every lead that is open at `as_of` gets a score, or the run stops."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from leadscore.domain.errors import GateError, InputError
from leadscore.domain.settings import Settings
from leadscore.history import snapshots as looks_at
from leadscore.history.by_lead import ByLead
from leadscore.history.changed import changed_leads
from leadscore.history.labels import label_wide
from leadscore.scoring.exploring import with_exploration
from leadscore.scoring.issuing import Issue, hottest_first, issue, joined, score_of
from leadscore.scoring.reference import Usual, refuse_changed
from leadscore.scoring.scorer import Scorer
from leadscore.scoring.segments import Unfit, is_unfit
from leadscore.scoring.view import Part, Sources, rows_of, view_part

Progress = Callable[[int, int], None]


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
    elsewhere: Elsewhere | None = None,
    changed_since: pd.Timestamp | None = None,
    progress: Progress | None = None,
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Score every open lead; return the issued table and the counts behind it.

    Parameters
    ----------
    as_of, until
        Moment of the scores and of the export (UTC; both null for a source without dates).
    usual
        How the leads' properties were in training; those of tonight are compared with it.
    unfit
        Segments whose percentages did not hold: their leads get score and tier, and no probability.
    elsewhere
        What has the pieces scored, in any order, if not this process.
    changed_since
        Score only the leads of whom something is new since then; None: all that are open. Not elsewhere.
    progress
        Told after each part how many leads are scored, and of how many.

    Raises
    ------
    GateError
        ``stale-export``: the export is too old to say who is open at `as_of`.
        ``no-open-leads``: nobody to score, which a delivery must not mistake for "all cold".
        ``nothing-new``: no open lead has changed.
        As `reference.refuse_changed`: a property is not what it was in training.
    """
    refuse_stale(as_of, until, settings)
    looks = open_looks(sources, shape=shape, as_of=as_of)
    _refuse_nobody(looks, sources, as_of=as_of)
    if changed_since is not None:
        looks = _of_changed(looks, sources, since=changed_since, as_of=as_of)
    kept = {segment.column for segment in unfit} | {column.name for column in usual}
    night = Night(scorer, settings, about, frozenset(kept), shape, as_of)
    pieces, done = [], 0
    for piece in night.pieces(sources, looks) if elsewhere is None else elsewhere(night):
        pieces.append(piece)
        done += len(piece.issued)
        if progress is not None:
            progress(done, len(looks))
    if (n_scored := sum(len(piece.issued) for piece in pieces)) != len(looks):
        raise AssertionError(f"lost leads: {len(looks)} open, {n_scored} scored")
    issued, counts = _whole(pieces, night, usual, unfit)
    return issued, {"leads": len(sources.leads), **counts}


def _whole(
    pieces: list[Piece], night: Night, usual: Sequence[Usual], unfit: Sequence[Unfit]
) -> tuple[pd.DataFrame, dict[str, int]]:
    """Put a night's pieces together, hottest first; what is asked of all leads together is asked here."""
    scorer, settings = night.scorer, night.settings
    rows = pd.concat([piece.kept for piece in pieces], ignore_index=True)
    issued = joined([piece.issued for piece in pieces])
    never = [lead for piece in pieces for lead in piece.never]
    pieces.clear()
    unknown = refuse_changed(
        usual,
        rows,
        scorer.model.encoder if scorer.model else None,
        settings.score,
        min_leads=settings.review.min_leads,
    )
    issued["unfit"] = is_unfit(rows, unfit)
    issued = hottest_first(issued)
    issued["probability"] = issued["probability"].mask(issued.pop("unfit"))
    share = settings.exploration.share
    issued = with_exploration(issued, as_of=night.as_of, share=share, left_out=never)
    valid = pd.Timedelta(days=settings.score.valid_days)
    issued["expires_at"] = (issued["as_of"] + valid).dt.as_unit("us")
    counts = _counts(issued, n_disqualified=len(never))
    return issued, counts | {f"unknown {column}": n for column, n in unknown.items()}


@dataclass(frozen=True)
class Piece:
    """What is left of a part of the leads: their issued scores, some features, who is disqualified."""

    issued: pd.DataFrame
    kept: pd.DataFrame
    never: list[str]


@dataclass(frozen=True)
class Night:
    """How every part of the leads is scored; `kept` are the features that the gates ask of all leads together."""

    scorer: Scorer
    settings: Settings
    about: Issue
    kept: frozenset[str]
    shape: str
    as_of: pd.Timestamp

    def pieces(self, sources: Sources, looks: pd.DataFrame | None = None) -> Iterator[Piece]:
        """Score the open leads of a source part by part; nothing where nobody is open.

        Parameters
        ----------
        looks
            The looks at them, where somebody has taken them already.
        """
        if looks is None:
            looks = open_looks(sources, shape=self.shape, as_of=self.as_of)
        before = None
        if self.shape != "wide":
            before = looks_before(sources, self.settings, looks, as_of=self.as_of)
        for part, own, then in _parted(sources, self.settings, looks, before):
            yield self.piece(part, own, then)

    def piece(self, part: Part, looks: pd.DataFrame, before: pd.DataFrame | None) -> Piece:
        """Score looks at the leads of one part.

        Parameters
        ----------
        looks, before
            Looks of tonight, and some days ago at those of them that were open then: events are swept once
            for both.
        """
        n, threads = len(looks), self.settings.threads
        both = looks if before is None else pd.concat([looks, before], ignore_index=True)
        seen = view_part(both, part, self.scorer.grid, self.settings)
        refuse_other_features(self.scorer, seen[0].rows.columns)
        now, then = rows_of(seen, slice(0, n)), rows_of(seen, slice(n, len(both)))
        earlier = None
        if before is not None:
            score = score_of(self.scorer, then, threads=threads)
            earlier = pd.Series(score, index=before["lead_id"])
        scores = issue(
            self.scorer, looks, now, earlier_score=earlier, about=self.about, threads=threads
        )
        features = now[0].rows
        columns = [name for name in features.columns if name in self.kept]
        # A copy: a column of a part's features would keep all of them.
        return Piece(
            scores, features[columns].copy(), list(looks.loc[now[1].disqualified, "lead_id"])
        )


Elsewhere = Callable[[Night], Iterable[Piece]]


def _parted(
    sources: Sources, settings: Settings, looks: pd.DataFrame, before: pd.DataFrame | None
) -> Iterator[tuple[Part, pd.DataFrame, pd.DataFrame | None]]:
    """Yield every part that has open leads, its looks of tonight and its looks before."""
    tonight = ByLead.of(looks, sources.lead_ids)
    earlier = None if before is None else ByLead.of(before, sources.lead_ids)
    for part in sources.parts(settings.bots):
        own = tonight.of_leads(part.span)
        if len(own):
            yield part, own, None if earlier is None else earlier.of_leads(part.span)


def features_lacking(scorer: Scorer, built: Collection[str]) -> list[str]:
    """Return the features a scorer needs that are not among the columns built."""
    wanted = scorer.model.encoder.names if scorer.model is not None else []
    return [name for name in wanted if name not in built]


def _counts(issued: pd.DataFrame, *, n_disqualified: int) -> dict[str, int]:
    return {
        "open": len(issued),
        "scored": len(issued),
        "disqualified": n_disqualified,
        "without_percentage": int(issued["probability"].isna().sum()),
        **{tier: int((issued["tier"] == tier).sum()) for tier in ("hot", "warm", "cold")},
        "explore": int(issued["explore"].sum()),
    }


def refuse_stale(as_of: pd.Timestamp, until: pd.Timestamp, settings: Settings) -> None:
    """Refuse a moment too long after the export to say who is open then (``stale-export``)."""
    age = as_of - until
    if age > pd.Timedelta(days=settings.score.max_export_age_days):
        raise GateError(
            "stale-export",
            f"the export ends {until:%Y-%m-%d %H:%M}Z, {age / pd.Timedelta(days=1):.1f} days before "
            f"as_of {as_of:%Y-%m-%d %H:%M}Z; at most {settings.score.max_export_age_days:g} are allowed",
            fix="run `leadscore ingest` on a newer export, or choose an earlier --as-of",
        )


def refuse_other_features(scorer: Scorer, built: Collection[str]) -> None:
    """Refuse what was trained on features that are not among those built (``other-features``)."""
    lacking = features_lacking(scorer, built)
    if lacking:
        wanted = scorer.model.encoder.names if scorer.model is not None else []
        raise InputError(
            "other-features",
            f"the bundle was trained on {', '.join(lacking[:5])}, which are not built now "
            f"({len(lacking)} of {len(wanted)} features)",
            file="params.yaml",
            column="features",
            fix="restore the settings and the source mapping of the training, or run `leadscore train` again",
        )


def open_looks(sources: Sources, *, shape: str, as_of: pd.Timestamp) -> pd.DataFrame:
    """Return the look at every open lead at a moment, of a source without dates its one look; maybe none."""
    if shape == "wide":
        looks = label_wide(looks_at.single(sources.leads, sources.outcomes), sources.outcomes)
        return looks.loc[~looks["is_mature"]].reset_index(drop=True)
    return looks_at.at_moment(sources.leads, sources.outcomes, as_of=as_of)


def _of_changed(
    looks: pd.DataFrame, sources: Sources, *, since: pd.Timestamp, as_of: pd.Timestamp
) -> pd.DataFrame:
    new = changed_leads(sources.leads, sources.events, sources.changes, since=since, as_of=as_of)
    kept = looks.loc[looks["lead_id"].isin(list(new))].reset_index(drop=True)
    if kept.empty:
        raise GateError(
            "nothing-new",
            f"none of {len(looks):,} open leads has anything new since {since:%Y-%m-%d %H:%M}Z",
            fix="nothing is to be done; or run `leadscore ingest` on a newer export first",
        )
    return kept


def _refuse_nobody(looks: pd.DataFrame, sources: Sources, *, as_of: pd.Timestamp) -> None:
    if looks.empty:
        when = "in this export" if pd.isna(as_of) else f"at {as_of:%Y-%m-%d %H:%M}Z"
        raise GateError(
            "no-open-leads",
            f"none of {len(sources.leads)} leads is open {when}",
            fix="check --as-of and the mapping's `statuses`; a history of closed leads can train but not be scored",
        )


def looks_before(
    sources: Sources, settings: Settings, looks: pd.DataFrame, *, as_of: pd.Timestamp
) -> pd.DataFrame | None:
    """Return looks `trend_days` ago at the leads of `looks` that were open then; None where none was."""
    before = as_of - pd.Timedelta(days=settings.score.trend_days)
    then = looks_at.at_moment(sources.leads, sources.outcomes, as_of=before)
    then = then.loc[then["lead_id"].isin(looks["lead_id"])].reset_index(drop=True)
    return None if then.empty else then
