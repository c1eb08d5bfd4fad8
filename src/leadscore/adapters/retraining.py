"""A retraining: the DVC pipeline brought up to date, then one MLflow run that says all of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from leadscore.adapters import tracking
from leadscore.adapters.catalog import Workspace
from leadscore.adapters.files import sha256_of, to_json
from leadscore.adapters.form_hook import Form
from leadscore.domain.errors import InputError
from leadscore.domain.settings import Settings
from leadscore.review.words import OPINION_WORDS


def retrain(workspace: Workspace, settings: Settings) -> tracking.Logged:
    """Run `dvc repro`, then log parameters, metrics, plots, report, data hashes and the bundle.

    Raises
    ------
    InputError
        ``dvc-missing`` or ``dvc-failed``; the pipeline's own words stand above it.
    """
    reproduce(workspace.root)
    return record(workspace, settings)


def record(workspace: Workspace, settings: Settings) -> tracking.Logged:
    """Log what the pipeline last wrote as one MLflow run, and register its bundle as `challenger`."""
    evaluation = workspace.json("evaluation", "metrics")
    ingested = workspace.json("tables", "ingest")
    trained = workspace.json("bundle", "manifest")
    tags = {
        "git_sha": tracking.git_sha(workspace.root),
        "bundle_sha256": sha256_of(workspace.file("bundle", "manifest.json")),
        "tables_sha256": workspace.hash_of("tables"),
        "snapshots_sha256": workspace.hash_of("snapshots"),
        "observed_until": str(ingested["observed_until"]),
        "source": settings.source.name,
        "opinion": str(trained["opinion"]),
    }
    training = tracking.Training(
        params=flat(settings.model_dump(by_alias=True, exclude_none=True)),
        metrics={
            name: value
            for name, value in flat(evaluation).items()
            if isinstance(value, int | float)
        },
        tags=tags,
        bundle=workspace.folders["bundle"],
        artifacts={
            "evaluation": workspace.folders["evaluation"],
            "review": workspace.folders["review"],
        },
        source=settings.source.name,
        title=_title(tags),
        description=_description(tags, evaluation, trained["gates"]),
    )
    with TemporaryDirectory() as place:
        form = Path(place) / "form.json"
        form.write_text(to_json(Form.of(workspace, settings).to_dict()), encoding="utf-8")
        return tracking.log_training(workspace.root, replace(training, form=form))


def _title(tags: Mapping[str, str]) -> str:
    """Return a run's name as a list of runs is read: the source, its day, who leads, the bundle."""
    day = "" if tags["observed_until"] == "None" else f" {tags['observed_until'][:10]}"
    return f"{tags['source']}{day}: {_leads(tags)} leads, {tags['bundle_sha256'][:12]}"


def _leads(tags: Mapping[str, str]) -> str:
    return OPINION_WORDS[tags["opinion"]].lower()


def _description(
    tags: Mapping[str, str], evaluation: Mapping[str, Any], gates: Sequence[Mapping[str, Any]]
) -> str:
    """Return what a version is, in words: data, who leads, figures with intervals, gates."""
    undated = tags["observed_until"] == "None"
    until = "a source without dates" if undated else f"data until {tags['observed_until'][:10]}"
    figures = [
        f"{OPINION_WORDS[name]} {found['value']:.4f} [{found['low']:.4f}, {found['high']:.4f}]"
        for name in OPINION_WORDS
        if {"value", "low", "high"} <= set(found := evaluation.get(name, {}).get("log_loss", {}))
    ]
    lines = [
        f"Source {tags['source']}, {until}. The {_leads(tags)} leads.",
        f"Log loss on {evaluation['leads']:,} later leads ({evaluation['won']:,} won): "
        + "; ".join(figures)
        + ".",
        *(
            f"{'Passed' if g['passed'] else 'NOT passed'}: {g['gate']} ({g['evidence']})."
            for g in gates
        ),
    ]
    return "\n\n".join(lines)


def reproduce(root: Path, *stages: str) -> None:
    """Bring stages of dvc.yaml up to date (none named: all); what is unchanged is not run again."""
    beside = Path(sys.executable).with_name("dvc")
    dvc = str(beside) if beside.exists() else shutil.which("dvc")
    if dvc is None:
        raise InputError(
            "dvc-missing",
            "DVC is not installed",
            fix="run `uv sync --group dvc`, or `leadscore run`",
        )
    path = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    done = subprocess.run(
        [dvc, "repro", *stages], cwd=root, env={**os.environ, "PATH": path}, check=False
    )
    if done.returncode:
        raise InputError(
            "dvc-failed",
            f"`dvc repro` ended with {done.returncode}",
            fix="the failing stage's line stands above",
        )


def flat(nested: Mapping[str, Any], prefix: str = "") -> dict[str, Any]:
    """Return nested plain values under dotted keys; lists as text.

    Examples
    --------
    >>> flat({"a": {"b": 1}, "c": [1, 2]})
    {'a.b': 1, 'c': '[1, 2]'}
    """
    out: dict[str, Any] = {}
    for key, value in nested.items():
        if isinstance(value, Mapping):
            out |= flat(value, f"{prefix}{key}.")
        elif isinstance(value, list | tuple):
            out[f"{prefix}{key}"] = str(list(value))
        else:
            out[f"{prefix}{key}"] = value
    return out
