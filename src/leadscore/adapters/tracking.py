"""One MLflow run for each training, and the bundle registered as `challenger`. The only room with MLflow.

The run is a record, not a dependency: with the server down the pipeline's outputs stand, and the
caller is told that nothing was logged. Person data is never logged.
"""

from __future__ import annotations

import io
import logging
import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr
from dataclasses import dataclass
from importlib.metadata import version as version_of
from pathlib import Path
from typing import Any

REGISTERED_NAME = "leadscore"
# What a registered bundle needs to answer; named outright, since guessing costs half a minute.
_NEEDS = (
    "mlflow",
    "lightgbm",
    "numba",
    "numpy",
    "pandas",
    "pandera",
    "pyarrow",
    "pydantic",
    "pyyaml",
    "shap",
)
_PACKAGE = Path(__file__).parents[1]
_ENTRY = Path(__file__).with_name("mlflow_entry.py")
# Read once, when MLflow is imported; a user's own setting wins.
_DEFAULTS = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_HTTP_REQUEST_TIMEOUT": "5",
    "MLFLOW_HTTP_REQUEST_MAX_RETRIES": "1",
    "MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR": "false",
    "MLFLOW_UV_AUTO_DETECT": "false",
    "MLFLOW_LOG_UV_FILES": "false",
    "GIT_PYTHON_REFRESH": "quiet",
}
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
    """

    params: Mapping[str, Any]
    metrics: Mapping[str, float]
    tags: Mapping[str, str]
    bundle: Path
    artifacts: Mapping[str, Path]


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
    for name, value in _DEFAULTS.items():
        os.environ.setdefault(name, value)
    from mlflow.exceptions import MlflowException
    from sqlalchemy.exc import SQLAlchemyError  # what MLflow's own database store raises

    try:
        with _quiet():
            return _log(root, uri, training)
    except (MlflowException, SQLAlchemyError, OSError) as error:
        line = " ".join(str(error).split()) or type(error).__name__
        return Logged(uri, None, None, line[:300])


def _log(root: Path, uri: str, training: Training) -> Logged:
    import mlflow

    _hush()  # importing MLflow sets its loggers anew
    mlflow.set_tracking_uri(uri)
    client = mlflow.MlflowClient(uri)
    known = client.get_experiment_by_name(REGISTERED_NAME)
    if known is None:
        local = uri.startswith("sqlite")
        where = (root / "mlartifacts").resolve().as_uri() if local else None
        client.create_experiment(REGISTERED_NAME, artifact_location=where)
    mlflow.set_experiment(REGISTERED_NAME)
    with mlflow.start_run(tags=dict(training.tags)) as run:
        mlflow.log_params(dict(training.params))
        mlflow.log_metrics(dict(training.metrics))
        for folder, path in training.artifacts.items():
            if path.is_dir():
                mlflow.log_artifacts(str(path), folder)
            else:
                mlflow.log_artifact(str(path), folder)
        info = mlflow.pyfunc.log_model(
            name="bundle",
            python_model=str(_ENTRY),
            artifacts={"bundle": str(training.bundle)},
            code_paths=[str(_PACKAGE)],
            pip_requirements=[f"{name}=={version_of(name)}" for name in _NEEDS],
            registered_model_name=REGISTERED_NAME,
        )
        version = str(info.registered_model_version)
        client.set_registered_model_alias(REGISTERED_NAME, "challenger", version)
        return Logged(uri, run.info.run_id, version, None)


@contextmanager
def _quiet() -> Iterator[None]:
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
