"""A search from snapshots to a proposal; it writes below reports/search and changes no settings."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

from leadscore.adapters.catalog import Workspace
from leadscore.adapters.search.runs import Runs
from leadscore.adapters.search.study import Place, searched
from leadscore.domain.search_settings import changed
from leadscore.domain.settings import Settings
from leadscore.review.search_screen import proposal_text, sentence
from leadscore.scoring.searching import Ground, Outcome, Tried, ground_of

# What decides a loss: other values, another study. `trials` and `threads` decide none.
_DECIDES = ("seed", "label", "split", "features", "model", "blend", "calibration", "drift")


@dataclass(frozen=True)
class Searched:
    """What came of a search, where it was written, and why MLflow did not take it (None: it did)."""

    outcome: Outcome
    folder: Path
    uri: str
    why_not_logged: str | None


def search(workspace: Workspace, settings: Settings, tell: Callable[[Tried], None]) -> Searched:
    """Try settings of the trees on the folds, judge the best on later looks, write a proposal.

    `tell` hears of every finished trial.

    Raises
    ------
    InputError, GateError, BusyError
        No snapshots yet, too few wins, a damaged study, another search at work.
    """
    ground = ground_of(
        workspace.table("snapshots", "snapshots"), workspace.features(), settings,
        until=None if workspace.shape() == "wide" else workspace.observed_until(),
    )  # fmt: skip
    study = Place(workspace.file("studies", "study.db"), study_name(workspace, settings))
    runs = Runs.of(workspace.root, study.name, settings.source.name)

    def hear(tried: Tried) -> None:
        tell(tried)
        runs.log(tried)

    outcome = judged(ground, settings, searched(ground, settings, study, hear))
    runs.end(_metrics(outcome), sentence(outcome))
    with workspace.writing("search") as out:
        out.text(
            "proposal.yaml",
            proposal_text(outcome, place=_belongs(workspace, settings), study=study.name),
        )
        out.json(
            "search",
            {
                "study": study.name,
                "sentence": sentence(outcome),
                **outcome.to_dict(),
                **ground.told(),
            },
        )
    return Searched(outcome, workspace.folders["search"], runs.uri, runs.why_not)  # fmt: skip


def judged(ground: Ground, settings: Settings, trials: tuple[Tried, ...]) -> Outcome:
    """Judge the best trial against the settings in force, if it did better on the folds."""
    outcome = Outcome(trials, None)
    if outcome.best.number == 0:
        return outcome
    better = changed(settings.model, outcome.best.values)
    return Outcome(trials, ground.judged(settings.model, better))


def study_name(workspace: Workspace, settings: Settings) -> str:
    """Return the name of a study: source, and a hash of data, folds, ranges and what fits the trees."""
    decides = {name: settings.model_dump(by_alias=True)[name] for name in _DECIDES}
    search = settings.search.model_dump(exclude={"trials"})
    told = [
        workspace.hash_of_file("snapshots", "snapshots.parquet"),
        workspace.hash_of_file("snapshots", "features.json"),
        workspace.shape(), str(workspace.json("tables", "ingest")["observed_until"]),
        decides, search, version("lightgbm"), version("optuna"),
    ]  # fmt: skip
    text = json.dumps(told, sort_keys=True)
    return f"{settings.source.name}-{hashlib.sha256(text.encode()).hexdigest()[:12]}"


def _belongs(workspace: Workspace, settings: Settings) -> str:
    """Return the file whose `model` is in force for the source."""
    profile = f"config/profiles/{settings.source.name}.yaml"
    return profile if (workspace.config / profile).exists() else "params.yaml"


def _metrics(outcome: Outcome) -> dict[str, float]:
    """Return what the run of the search shows."""
    found = {
        "trials": float(len(outcome.trials)),
        "loss_in_force": outcome.trials[0].heard.mean,
        "loss_best": outcome.best.heard.mean,
    }
    if outcome.judgement is None:
        return found
    told = outcome.judgement.to_dict()
    return found | {
        f"{part}_{key}": told[part][key]
        for part in ("trees", "blend")
        for key in ("value", "low", "high")
        if told[part][key] is not None
    }
