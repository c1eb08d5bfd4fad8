"""The nightly job in pieces, pure: who is open at a moment, and how each part of them is scored."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass

import pandas as pd

from leadscore.domain.errors import GateError, InputError
from leadscore.domain.settings import Settings
from leadscore.history import snapshots as looks_at
from leadscore.history.by_lead import ByLead
from leadscore.history.labels import label_wide
from leadscore.scoring.issuing import Issue, issue, score_of
from leadscore.scoring.scorer import Scorer
from leadscore.scoring.view import Part, Sources, rows_of, view_part


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


def looks_before(
    sources: Sources, settings: Settings, looks: pd.DataFrame, *, as_of: pd.Timestamp
) -> pd.DataFrame | None:
    """Return looks `trend_days` ago at the leads of `looks` that were open then; None where none was."""
    before = as_of - pd.Timedelta(days=settings.score.trend_days)
    then = looks_at.at_moment(sources.leads, sources.outcomes, as_of=before)
    then = then.loc[then["lead_id"].isin(looks["lead_id"])].reset_index(drop=True)
    return None if then.empty else then
