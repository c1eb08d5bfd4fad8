"""One MLflow run for each training, and the bundle registered as `challenger`.

The run is a record, not a dependency: with the server down the pipeline's outputs stand, and the
caller is told that nothing was logged. Person data is never logged. A version is registered in an
order that leaves nothing half: files, then the version with the bundle's hash, then the alias.
"""

from __future__ import annotations

import io
import logging
import os
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, suppress
from dataclasses import dataclass
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any, Generic, TypeVar

EXPERIMENT = "leadscore"
LIMIT_SECONDS = 10.0
"""How long a command waits for MLflow to answer at all."""
_ASKED_EVERY_SECONDS = 2.0
Answer = TypeVar("Answer")
# What a registered bundle needs to answer; named outright, since guessing costs half a minute.
_NEEDS = (
    "mlflow", "lightgbm", "numba", "numpy", "pandas", "pandera", "pyarrow", "pydantic", "pyyaml", "shap",
)  # fmt: skip
_PACKAGE = Path(__file__).parents[1]
_ENTRY = Path(__file__).with_name("mlflow_entry.py")
# Read once, when MLflow is imported; a user's own setting wins.
_DEFAULTS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "4",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_HTTP_REQUEST_BACKOFF_FACTOR": "1",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT": "true",
    "MLFLOW_UV_AUTO_DETECT": "false",
    "MLFLOW_LOG_UV_FILES": "false",
    "GIT_PYTHON_REFRESH": "quiet",
}
_TOLD = ("bundle_sha256", "git_sha", "observed_until", "opinion", "source")
_WHAT = (
    "Lead scorers of source {source}. Alias `challenger`: the newest training. Alias `champion`: the one a "
    "named person promoted with `leadscore promote`; config/champions/{source}.yaml is the signed record, "
    "this alias only follows it. Alias `previous`: what `leadscore rollback` brings back."
)
_CHATTY = ("mlflow", "mlflow.store", "mlflow.utils", "mlflow.pyfunc", "alembic", "urllib3")


@dataclass(frozen=True)
class Logged:
    """Where a training was recorded, or the reason why not."""

    uri: str
    run_id: str | None
    version: str | None
    why_not: str | None


@dataclass(frozen=True)
class Training:
    """What is recorded of a training.

    Attributes
    ----------
    params, metrics, tags
        Flat values of the run; tags carry data hashes and the git commit.
    bundle
        Folder of the text bundle.
    artifacts
        Further files and folders by artifact folder (report, plots).
    source
        The source mapping's name: each source is a registered model of its own.
    title, description
        Name of the run, and what the version is, in words.
    form
        JSON file of `form_hook.Form`, by which the version answers a form; None: it answers none.
    """

    params: Mapping[str, Any]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    bundle: Path
    artifacts: Mapping[str, Path]
    source: str
    title: str
    description: str
    form: Path | None = None


def registered_name(source: str) -> str:
    """Return the name of a source's registered model: two sources do not share a champion."""
    return f"leadscore-{source}"


def tracking_uri(root: Path) -> str:
    """Return ``MLFLOW_TRACKING_URI``, else a SQLite file in the project's root."""
    return os.environ.get("MLFLOW_TRACKING_URI") or f"sqlite:///{(root / 'mlflow.db').resolve()}"


def git_sha(root: Path) -> str:
    """Return the commit of the project, ``-dirty`` if the tree has changes, or ``no git``."""
    try:
        sha = _git(root, "rev-parse", "HEAD")
        return f"{sha}-dirty" if _git(root, "status", "--porcelain") else sha
    except (OSError, subprocess.CalledProcessError):
        return "no git"


def log_training(root: Path, training: Training) -> Logged:
    """Log one run with the bundle as a registered version under the alias `challenger`.

    A server, a proxy or a database that refuses is a reason in `Logged`; a fault of ours is raised.
    """
    uri = tracking_uri(root)
    with quiet():
        try:
            client, faults = client_of(uri)
        except OSError as error:
            return Logged(uri, None, None, one_line(error))
        try:
            within(LIMIT_SECONDS, lambda: client.get_experiment_by_name(EXPERIMENT))
            return _while_answered(client, uri, lambda: _log(client, root, uri, training))
        except faults as error:
            return Logged(uri, None, None, one_line(error))


def within(seconds: float, work: Callable[[], Answer]) -> Answer:
    """Return what `work` returns, or raise TimeoutError and leave it behind: the process will end."""
    working = _Working(work)
    if not working.done_within(seconds):
        raise TimeoutError(f"no answer within {seconds:g} seconds")
    return working.answer()


def _while_answered(client: Any, uri: str, work: Callable[[], Answer]) -> Answer:
    """Return what `work` returns, as long as the server answers a short question beside it.

    Logging may rightly take minutes; a server that died or hangs is given up after ten seconds,
    whatever MLflow still tries. The thread is left behind: the process will end.
    """
    working = _Working(work)
    while not working.done_within(_ASKED_EVERY_SECONDS):
        if uri.startswith("http"):
            within(LIMIT_SECONDS, lambda: client.get_experiment_by_name(EXPERIMENT))
    return working.answer()


class _Working(Generic[Answer]):
    """Work in a thread of its own, which ends with the process; its answer, or the fault it raised."""

    def __init__(self, work: Callable[[], Answer]) -> None:
        self.answers: list[Answer] = []
        self.faults: list[BaseException] = []
        self.thread = threading.Thread(target=self._run, args=(work,), daemon=True)
        self.thread.start()

    def _run(self, work: Callable[[], Answer]) -> None:
        try:
            self.answers.append(work())
        except BaseException as error:  # handed to the caller, whatever it is
            self.faults.append(error)

    def done_within(self, seconds: float) -> bool:
        self.thread.join(seconds)
        return not self.thread.is_alive()

    def answer(self) -> Answer:
        if self.faults:
            raise self.faults[0]
        return self.answers[0]


def client_of(uri: str) -> tuple[Any, tuple[type[Exception], ...]]:
    """Return MLflow's client for an address, and what a server, proxy or database that refuses raises.

    A database's file that is locked, damaged or of another program is an OSError at once.
    """
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
    import mlflow
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError  # what MLflow's own database store raises

    _hush()  # importing MLflow sets its loggers anew
    mlflow.set_tracking_uri(uri)
    faults = (MlflowException, SQLAlchemyError, OSError)
    try:
        return mlflow.MlflowClient(uri), faults
    except faults as error:
        raise OSError(one_line(error)) from error


def downloaded(uri: str, into: Path) -> Path:
    """Download what lies at an MLflow address below `into`; nothing of it is parsed or run."""
    from mlflow.artifacts import download_artifacts

    return Path(download_artifacts(artifact_uri=uri, dst_path=str(into)))


def one_line(error: Exception) -> str:
    """Return an error's words on one line, 300 characters at most."""
    return (" ".join(str(error).split()) or type(error).__name__)[:300]


def _log(client: Any, root: Path, uri: str, training: Training) -> Logged:
    import mlflow

    experiment_of(client, root, uri)
    mlflow.set_experiment(EXPERIMENT)
    run = mlflow.start_run(
        run_name=training.title, tags=dict(training.tags), description=training.description
    )
    try:
        model_uri = _filled(training)
    except BaseException:
        with suppress(Exception):  # the server may be gone: it is not waited for a second time
            within(1.0, lambda: client.set_terminated(run.info.run_id, "FAILED"))
        raise
    mlflow.end_run()
    return Logged(uri, run.info.run_id, _registered(client, model_uri, training), None)


def experiment_of(client: Any, root: Path, uri: str) -> str:
    """Return the id of the project's experiment; made where it is not there."""
    known = client.get_experiment_by_name(EXPERIMENT)
    if known is not None:
        return str(known.experiment_id)
    where = (root / "mlartifacts").resolve().as_uri() if uri.startswith("sqlite") else None
    return str(client.create_experiment(EXPERIMENT, artifact_location=where))


def _filled(training: Training) -> str:
    """Log everything into the run that is active; return the address of the logged bundle."""
    import mlflow

    mlflow.log_params(dict(training.params))
    mlflow.log_metrics(dict(training.metrics))
    for folder, path in training.artifacts.items():
        if path.is_dir():
            mlflow.log_artifacts(str(path), folder)
        else:
            mlflow.log_artifact(str(path), folder)
    form = {} if training.form is None else {"form": str(training.form)}
    info = mlflow.pyfunc.log_model(
        name="bundle",
        python_model=str(_ENTRY),
        artifacts={"bundle": str(training.bundle)} | form,
        code_paths=[str(_PACKAGE)],
        pip_requirements=[f"{name}=={version_of(name)}" for name in _NEEDS],
    )
    return str(info.model_uri)


def _registered(client: Any, model_uri: str, training: Training) -> str:
    """Register what a finished run logged: the hash comes with the version, the alias last."""
    import mlflow

    name = registered_name(training.source)
    made = mlflow.register_model(
        model_uri, name, await_registration_for=10,
        tags={key: training.tags[key] for key in _TOLD if key in training.tags},
    )  # fmt: skip
    version = str(made.version)
    client.update_registered_model(name, _WHAT.format(source=training.source))
    client.update_model_version(name, version, training.description)
    client.set_registered_model_alias(name, "challenger", version)
    return version


@contextmanager
def quiet() -> Iterator[None]:
    """Keep MLflow's and Alembic's progress lines from the terminal for the time of a run."""
    before = [(name, logging.getLogger(name).level) for name in _CHATTY]
    _hush()
    try:
        with redirect_stderr(io.StringIO()):  # the registry prints; what it says is in `Logged`
            yield
    finally:
        for name, level in before:
            logging.getLogger(name).setLevel(level)


def _hush() -> None:
    for name in _CHATTY:
        logging.getLogger(name).setLevel(logging.ERROR)


def _git(root: Path, *arguments: str) -> str:
    done = subprocess.run(["git", *arguments], cwd=root, capture_output=True, text=True, check=True)
    return done.stdout.strip()
