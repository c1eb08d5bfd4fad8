"""A night's scores: the champion's partition, and the challenger's beside it, which no CRM sees."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pandas as pd

from leadscore.adapters import issued as partitions
from leadscore.adapters.bundle import Bundle, read_bundle
from leadscore.adapters.catalog import Workspace
from leadscore.adapters.disk_shelf import BYTES_PER_LEAD, shelf_beside, sweep_shelves
from leadscore.adapters.files import ROWS_PER_GROUP
from leadscore.adapters.lead_ranges import leads_of, ranges_of
from leadscore.adapters.nights_before import NightsBefore
from leadscore.adapters.registry.serving import Serving
from leadscore.adapters.spark_rows import SparkAsk
from leadscore.adapters.spark_scores import spark_pieces
from leadscore.domain.errors import InputError, LeadscoreError
from leadscore.domain.settings import Settings
from leadscore.scoring.issuing import Issue
from leadscore.scoring.night_gates import Before, NightGate, accepted, judge
from leadscore.scoring.nightly import Elsewhere
from leadscore.scoring.segments import unfit_of
from leadscore.scoring.shelves import Shelf, in_order, scores_of
from leadscore.scoring.thresholds import Decision
from leadscore.scoring.whole_night import Progress, WholeNight


@dataclass(frozen=True)
class Night:
    """A moment to score at, with all that decides the bytes but the scorer.

    `accept` is the reason for which scores are published although a gate would stop them. Where the leads are
    scored (`spark`; None: in this process) changes no byte.
    """

    workspace: Workspace
    settings: Settings
    moment: pd.Timestamp
    decision: Decision
    accept: str | None = None
    spark: SparkAsk | None = None
    progress: Progress | None = None

    def inputs(self, bundle: Bundle, champion: str | None) -> dict[str, Any]:
        """Return what decides the bytes of a partition."""
        return {
            "as_of": str(self.moment),
            "source": self.settings.source.name,
            "bundle_sha256": bundle.sha256,
            "champion": champion,
            "opinion": bundle.scorer.opinion,
            "decision_id": self.decision.id,
            "thresholds": self.decision.thresholds.model_dump(),
            "score": self.settings.score.model_dump(),
            "exploration": self.settings.exploration.model_dump(),
            "seen_by": {
                name: getattr(self.settings, name).model_dump(mode="json", by_alias=True)
                for name in ("features", "bots", "demographics")
            },
            "tables_sha256": self.workspace.hash_of("tables"),
        }

    def issue(self, serving: Serving, *, is_forced: bool) -> Path:
        """Score the open leads into `data/issued`; a partition that is there is left as it is."""
        champion = serving.line.bundle_sha256 if serving.line is not None else None
        root, night = self.workspace.folders["issued"], self.settings.night
        nights = NightsBefore.of(root, self.moment)
        last = nights.last(night)
        after = None if last is None else f"{last[1].parent.name}/{last[1].name}"
        inputs = {**self.inputs(serving.bundle, champion), "after": after}
        folder = partitions.partition(root, as_of=self.moment, inputs=inputs)
        if not self._is_there(folder):
            partitions.refuse_earlier(folder, as_of=self.moment, is_forced=is_forced)
            before = nights.before(inputs, night)
            whole = replace(self._whole(serving.bundle), is_compared=True, before=before)
            with self._scored(whole, folder) as (shelf, counts):
                gates = self._judged(shelf, counts, before, nights, serving.bundle)
                partitions.write_partition(
                    folder, in_order(shelf, rows_at_once=ROWS_PER_GROUP), inputs=inputs, counts=counts,
                    warnings=serving.bundle.warnings, gates=[gate.to_dict() for gate in gates],
                )  # fmt: skip
        return folder

    def issue_changed(self, serving: Serving, *, since: pd.Timestamp) -> Path:
        """Score only the open leads with something new since a moment, into `data/changed`.

        Nights stay whole: nothing here is compared with them, or comes to stand among them.

        Raises
        ------
        InputError
            ``no-moment``: the source has no dates, or Spark is to score.
        """
        if pd.isna(self.moment) or self.spark is not None:
            raise InputError(
                "no-moment",
                "leads with something new are found by their times, in this process",
                fix="leave out --changed-since for a source without dates, and with --engine spark",
            )
        champion = serving.line.bundle_sha256 if serving.line is not None else None
        inputs = {**self.inputs(serving.bundle, champion), "changed_since": str(since)}
        root = self.workspace.folders["changed"]
        folder = partitions.partition(root, as_of=self.moment, inputs=inputs)
        if not self._is_there(folder):
            whole = replace(self._whole(serving.bundle), changed_since=since)
            with self._scored(whole, folder) as (shelf, counts):
                partitions.write_partition(
                    folder, in_order(shelf, rows_at_once=ROWS_PER_GROUP), inputs=inputs, counts=counts,
                    warnings=serving.bundle.warnings,
                )  # fmt: skip
        return folder

    def _judged(
        self, shelf: Shelf, counts: dict[str, int], before: Before | None, nights: NightsBefore, bundle: Bundle
    ) -> list[NightGate]:  # fmt: skip
        """Hold the scores against the nights before; stop, unless somebody accepts what they found."""
        until = bundle.manifest.get("observed_until")
        age = None
        if bundle.scorer.opinion == "model" and until is not None:
            age = (self.moment - pd.Timestamp(until)) / pd.Timedelta(days=1)
        night = self.settings.night
        gates = judge(
            scores_of(shelf), counts, before, nights.volumes(night), night,
            model_age_days=None if pd.isna(age) else age,
            min_leads=self.settings.review.min_leads,
        )  # fmt: skip
        return accepted(gates, self.accept)

    def shadow(self, serving: Serving, issued: Path) -> Path | None:
        """Score the same leads by the newest training into `data/shadow`, if another one scored them.

        What goes wrong here costs no issued score: it is noted in the issued partition's manifest.
        """
        newest = self.workspace.folders["bundle"]
        if not newest.exists():
            return None  # a machine that only scores
        try:
            return self._shadow(serving, issued, read_bundle(newest))
        except LeadscoreError as error:
            partitions.mark_degraded(issued, f"shadow scores of the challenger: {error}")
            return None

    def _shadow(self, serving: Serving, issued: Path, challenger: Bundle) -> Path | None:
        now = serving.bundle
        if (challenger.sha256, challenger.scorer.opinion) == (now.sha256, now.scorer.opinion):
            return None
        champion = serving.line.bundle_sha256 if serving.line is not None else None
        beside = f"{issued.parent.name}/{issued.name}"
        inputs = {**self.inputs(challenger, champion), "beside": beside}
        root = self.workspace.folders["shadow"]
        folder = partitions.partition(root, as_of=self.moment, inputs=inputs)
        if not self._is_there(folder, shadow=True):
            with self._scored(self._whole(challenger), folder) as (shelf, counts):
                rows = in_order(shelf, rows_at_once=ROWS_PER_GROUP)
                partitions.write_partition(folder, rows, inputs=inputs, counts=counts, shadow=True)
        return folder

    def _is_there(self, folder: Path, *, shadow: bool = False) -> bool:
        """Tell whether a partition is whole; then nothing of it has to be taken up any more."""
        is_there = partitions.is_whole(folder, shadow=shadow)
        if is_there:
            sweep_shelves(folder.parent.parent)
        return is_there

    @contextmanager
    def _scored(self, whole: WholeNight, folder: Path) -> Iterator[tuple[Shelf, dict[str, int]]]:
        """Score the leads onto a shelf that stands until their partition is written; count them."""
        workspace, n_leads = self.workspace, self.workspace.n_rows("tables", "leads")
        # What goes through all events twice, or has others bring the leads together, takes them at once.
        is_parted = whole.elsewhere is None and whole.changed_since is None
        at_once = self.settings.leads_at_once if is_parted else max(n_leads, 1)
        beside = BYTES_PER_LEAD if n_leads > at_once else 0
        source = self.settings.source.name
        partitions.make_ready(folder, source=source, n_leads=n_leads, beside=beside)
        ranges = ranges_of(workspace, at_once)
        with shelf_beside(folder, n_shards=len(ranges), about={"leads_at_once": at_once}) as shelf:
            counts = whole.onto(
                shelf, leads_of(workspace, ranges), until=workspace.observed_until(), n_leads=n_leads,
                progress=self.progress,
            )  # fmt: skip
            yield shelf, counts

    def _whole(self, bundle: Bundle) -> WholeNight:
        score = self.settings.score
        about = Issue(
            self.decision.thresholds, self.decision.id, bundle.sha256,
            score.reasons_per_sign, score.trend_points, score.language, bundle.typical,
        )  # fmt: skip
        whole = WholeNight.of(
            bundle.scorer, self.settings, about, shape=self.workspace.shape(), as_of=self.moment,
            usual=bundle.usual, unfit=unfit_of(bundle.manifest),
        )  # fmt: skip
        return (
            whole
            if self.spark is None
            else replace(whole, elsewhere=self._on_spark(self.spark, bundle))
        )

    def _on_spark(self, ask: SparkAsk, bundle: Bundle) -> Elsewhere:
        known, tables = self.workspace.sources().without_rows(), self.workspace.folders["tables"]
        return lambda night: spark_pieces(ask, night, bundle, known=known, tables=tables)
