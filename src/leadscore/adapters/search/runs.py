"""A search in MLflow: one run `search`, and below it a run for each trial. A record, no dependency.

A run is found again by its tags, so a search that was killed goes on in the same run, and trials that
could not be logged are logged by the next one.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from leadscore.adapters import tracking
from leadscore.scoring.searching import Tried

Answer = TypeVar("Answer")
_STUDY, _TRIAL, _STATE = "search_study", "search_trial", "state"
_NAME, _PARENT = "mlflow.runName", "mlflow.parentRunId"


@dataclass
class Runs:
    """The runs of a study. After the first refusal MLflow is asked no more: `why_not` says why."""

    uri: str
    why_not: str | None = None
    parent: str | None = None
    _logged: dict[str, tuple[str, str]] = field(default_factory=dict)  # trial: run and status
    _client: Any = None
    _faults: tuple[type[Exception], ...] = ()
    _experiment: str = ""

    @classmethod
    def of(cls, root: Path, study: str, source: str) -> Runs:
        """Find or begin the run of a study."""
        runs = cls(tracking.tracking_uri(root))
        with tracking.quiet():
            try:
                runs._client, runs._faults = tracking.client_of(runs.uri)
            except OSError as error:
                runs.why_not = tracking.one_line(error)
        runs._ask(lambda: runs._begin(root, study, source))
        return runs

    def log(self, tried: Tried) -> None:
        """Log a finished trial as a child, unless it is there."""
        if self._logged.get(str(tried.number), ("", ""))[1] != "FINISHED":
            self._ask(lambda: self._child(tried))

    def end(self, metrics: Mapping[str, float], verdict: str) -> None:
        """Log what came of the search, and close its run."""
        self._ask(lambda: self._close(metrics, verdict))

    def _ask(self, question: Callable[[], Answer]) -> None:
        if self.why_not is not None:
            return
        with tracking.quiet():
            try:
                tracking.within(tracking.LIMIT_SECONDS, question)
            except self._faults as error:
                self.why_not = tracking.one_line(error)

    def _begin(self, root: Path, study: str, source: str) -> None:
        self._experiment = tracking.experiment_of(self._client, root, self.uri)
        mine = self._client.search_runs(
            [self._experiment], f"tags.{_STUDY} = '{study}' and tags.mlflow.runName = 'search'"
        )
        if mine:
            self.parent = str(mine[0].info.run_id)
            below = self._client.search_runs(
                [self._experiment], f"tags.{_PARENT} = '{self.parent}'", max_results=10_000
            )
            self._logged = {
                r.data.tags[_TRIAL]: (r.info.run_id, r.info.status)
                for r in below if _TRIAL in r.data.tags
            }  # fmt: skip
        else:
            tags = {_NAME: "search", _STUDY: study, "source": source}
            self.parent = str(self._client.create_run(self._experiment, tags=tags).info.run_id)

    def _child(self, tried: Tried) -> None:
        known = self._logged.get(str(tried.number))
        tags = {
            _PARENT: str(self.parent), _TRIAL: str(tried.number), _STATE: tried.state,
            _NAME: f"trial {tried.number}",
        }  # fmt: skip
        run = (
            known[0] if known else self._client.create_run(self._experiment, tags=tags).info.run_id
        )
        self._logged[str(tried.number)] = (run, "RUNNING")
        for name, value in tried.values.items():
            self._client.log_param(run, f"model.{name}", value)
        for step, loss in enumerate(tried.heard.losses):
            self._client.log_metric(run, "fold_loss", loss, step=step)
        self._client.log_metric(run, "loss", tried.heard.mean)
        self._client.log_metric(run, "rounds", tried.heard.rounds)
        self._client.set_terminated(run, "FINISHED")
        self._logged[str(tried.number)] = (run, "FINISHED")

    def _close(self, metrics: Mapping[str, float], verdict: str) -> None:
        for name, value in metrics.items():
            self._client.log_metric(self.parent, name, value)
        self._client.set_tag(self.parent, "verdict", verdict)
        self._client.set_terminated(self.parent, "FINISHED")
