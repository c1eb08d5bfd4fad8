"""Optuna's study in a SQLite file: which settings are tried next, and what became of those before.

Killed at any point and started again, the study goes on and ends as it would have without: the sampler
is seeded anew for each trial, by the number of trials that are finished.
"""

from __future__ import annotations

import logging
import sqlite3
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from leadscore.adapters.appending import alone
from leadscore.domain.errors import InputError
from leadscore.domain.search_settings import changed
from leadscore.domain.settings import Settings
from leadscore.scoring.searching import COMPLETE, PRUNED, Ground, Heard, Tried, rounded

_FIX = "move the file away or delete it; the search then starts anew"
_KEPT = "heard"  # what a trial keeps: [settings, mean, losses, rounds]
_WAIT_SECONDS = 30.0


@dataclass(frozen=True)
class Place:
    """Where a study lies, and its name: other data, folds or ranges are another study."""

    file: Path
    name: str


def searched(
    ground: Ground, settings: Settings, place: Place, tell: Callable[[Tried], None]
) -> tuple[Tried, ...]:
    """Try settings until `search.trials` are finished, and return these in order.

    `tell` hears of every finished trial, those of earlier runs too.

    Raises
    ------
    BusyError
        ``search-runs``: another search holds the study.
    InputError
        ``damaged-study``: the file is no whole study.
    """
    place.file.parent.mkdir(parents=True, exist_ok=True)
    lock, busy = place.file.with_suffix(".lock"), "another search is at work on this study"
    with alone(lock, code="search-runs", busy=busy), _quiet(), _whole(place.file):
        study = _opened(settings, place)
        _take_up_again(study)
        done = _finished(study)[: settings.search.trials]
        for each in done:
            tell(each)
        while len(done) < settings.search.trials:
            _try_one(study, ground, settings, n_done=len(done))
            done = _finished(study)
            tell(done[-1])
        return tuple(done)


def _opened(settings: Settings, place: Place) -> Any:
    """Open or make the study; the settings in force wait in it as its first trial."""
    import optuna

    storage = optuna.storages.RDBStorage(
        f"sqlite:///{place.file.resolve()}",
        engine_kwargs={"connect_args": {"timeout": _WAIT_SECONDS}},
    )
    study = optuna.create_study(
        storage=storage, study_name=place.name, direction="minimize", load_if_exists=True,
        pruner=optuna.pruners.MedianPruner(
            n_startup_trials=settings.search.blind_trials, n_warmup_steps=1
        ),
    )  # fmt: skip
    in_force: dict[str, Any] = {
        r.setting: getattr(settings.model, r.setting) for r in settings.search.ranges
    }
    study.enqueue_trial(in_force, skip_if_exists=True)
    return study


def _take_up_again(study: Any) -> None:
    """Mark trials that a killed run left as failed, and let the same settings wait to be tried."""
    from optuna.trial import TrialState

    for stale in study.get_trials(deepcopy=False, states=(TrialState.RUNNING,)):
        wanted = stale.system_attrs.get("fixed_params")  # None: the sampler will say the same again
        if wanted:
            study.enqueue_trial(wanted)
        study.tell(stale.number, state=TrialState.FAIL)


def _try_one(study: Any, ground: Ground, settings: Settings, *, n_done: int) -> None:
    """Ask for settings, hear the folds one by one, and stop where the pruner says so."""
    import optuna
    from optuna.trial import TrialState

    study.sampler = optuna.samplers.TPESampler(
        n_startup_trials=settings.search.blind_trials, seed=(settings.seed + n_done) % 2**31
    )
    trial = study.ask(_distributions(settings))
    values = trial.params if n_done == 0 else rounded(trial.params)
    state, heard = TrialState.COMPLETE, None
    for step, heard in enumerate(ground.heard(changed(settings.model, values))):
        trial.report(heard.mean, step)
        if step + 1 < len(ground.folds) and trial.should_prune():
            state = TrialState.PRUNED
            break
    if heard is None:
        raise AssertionError("a ground has folds")
    trial.set_user_attr(_KEPT, [values, heard.mean, list(heard.losses), heard.rounds])
    study.tell(trial, heard.mean if state is TrialState.COMPLETE else None, state=state)


def _distributions(settings: Settings) -> dict[str, Any]:
    from optuna.distributions import FloatDistribution, IntDistribution

    found: dict[str, Any] = {}
    for asked in settings.search.ranges:
        r = asked.holding(float(getattr(settings.model, asked.setting)))
        if r.is_count:
            found[r.setting] = IntDistribution(int(r.low), int(r.high), log=r.scale == "log")
        else:
            found[r.setting] = FloatDistribution(r.low, r.high, log=r.scale == "log")
    return found


def _finished(study: Any) -> list[Tried]:
    """Return complete and pruned trials, numbered as they were finished."""
    from optuna.trial import TrialState

    states = {TrialState.COMPLETE: COMPLETE, TrialState.PRUNED: PRUNED}
    found = study.get_trials(deepcopy=False, states=tuple(states))
    return [_tried(number, each, states[each.state]) for number, each in enumerate(found)]


def _tried(number: int, trial: Any, state: str) -> Tried:
    values, mean, losses, rounds = trial.user_attrs[_KEPT]
    return Tried(number, values, state, Heard(mean, tuple(losses), rounds))


@contextmanager
def _whole(file: Path) -> Iterator[None]:
    """Refuse a study that is damaged, whether SQLite or Optuna finds it."""
    from optuna.exceptions import StorageInternalError
    from sqlalchemy.exc import SQLAlchemyError

    if file.exists():
        try:
            with sqlite3.connect(file) as base:
                (said,) = base.execute("PRAGMA quick_check(1)").fetchone()
            base.close()
        except sqlite3.DatabaseError as error:
            said = str(error)
        if said != "ok":
            raise InputError("damaged-study", str(said), file=file, fix=_FIX)
    try:
        yield
    except (StorageInternalError, SQLAlchemyError) as error:
        told = str(error.__cause__ or error).splitlines()[0]
        raise InputError("damaged-study", told, file=file, fix=_FIX) from error
    except RuntimeError as error:
        if "version" not in str(error):
            raise
        told = "the study was written by another version of Optuna"
        raise InputError("damaged-study", told, file=file, fix=_FIX) from error


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep Optuna's progress lines and notices from the terminal."""
    import optuna

    before = optuna.logging.get_verbosity()
    optuna.logging.set_verbosity(optuna.logging.ERROR)
    logging.getLogger("alembic").setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        with suppress(ValueError):
            optuna.logging.set_verbosity(before)
