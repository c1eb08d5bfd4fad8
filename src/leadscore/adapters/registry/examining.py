"""A version before its promotion: found, verified, held against the champion. Nothing is written but its copy."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd

from leadscore.adapters.bundle import Bundle, read_bundle
from leadscore.adapters.catalog import Workspace
from leadscore.adapters.registry import copies, server
from leadscore.adapters.registry.record import signed_lines
from leadscore.adapters.registry.serving import fetched, serving
from leadscore.domain.errors import InputError
from leadscore.domain.settings import Settings
from leadscore.review.succession import Contest, contest, leakage_gate, succession_gates
from leadscore.scoring.champions import Promotion, champion_of
from leadscore.scoring.gates import Gate
from leadscore.scoring.nightly import features_lacking
from leadscore.scoring.view import view

Float = npt.NDArray[np.float64]
AGAIN = "The record is in force all the same; `leadscore {verb}` again lets the alias follow"


@dataclass(frozen=True)
class Candidate:
    """A bundle that is asked for: where it lies, its version (None: not registered), what is odd about it.

    `is_answered` tells whether MLflow answered; a command asks a dead server once, not twice.
    """

    folder: Path
    bundle: Bundle
    version: server.Version | None
    warnings: tuple[str, ...] = ()
    is_answered: bool = True


@dataclass(frozen=True)
class Examined:
    """A candidate with every gate of its promotion, and what it was compared with.

    `champion` is the line in force, None where there is none; `found` None where nothing scores yet
    that it could be compared with.
    """

    candidate: Candidate
    champion: Promotion | None
    gates: tuple[Gate, ...]
    found: Contest | str

    @property
    def is_champion(self) -> bool:
        """Whether it is the champion already."""
        now = self.champion
        return now is not None and now.bundle_sha256 == self.candidate.bundle.sha256


def examine(workspace: Workspace, settings: Settings, asked: str) -> Examined:
    """Find a version (``challenger`` or a number), verify it, and judge it.

    Raises
    ------
    InputError
        ``no-answer``, ``unknown-version``, ``half-registered``, ``other-challenger``, ``other-source``,
        or as `bundle.read_bundle`.
    """
    source = settings.source.name
    candidate = _candidate(workspace, source, asked)
    manifest = candidate.bundle.manifest
    if manifest.get("source") != source:
        raise InputError(
            "other-source",
            f"the bundle was trained on {manifest.get('source')}, params.yaml names {source}",
            file=candidate.folder,
            fix="name the source's profile (`--profile`)",
        )
    line = champion_of(signed_lines(workspace.root, source))
    if line is not None and line.bundle_sha256 == candidate.bundle.sha256:
        return Examined(candidate, line, (), "it is the champion already")
    found = _found(workspace, settings, candidate.bundle, line)
    gates = [
        *(Gate(g["gate"], g["passed"], g["evidence"]) for g in manifest.get("gates", [])),
        leakage_gate(manifest),
        *succession_gates(found, need=settings.gates.min_gain_probability),
    ]
    return Examined(candidate, line, tuple(gates), found)


def _candidate(workspace: Workspace, source: str, asked: str) -> Candidate:
    try:
        known = server.ask(workspace.root, lambda client: server.versions(client, source))
    except server.NoAnswerError as why:
        if asked != server.CHALLENGER:
            told = f"version {asked} is known to MLflow only, which did not answer: {why}"
            raise InputError(
                "no-answer", told, fix="start MLflow, or promote `challenger`"
            ) from why
        told = f"MLflow did not answer ({why}): no version is named and no alias moves. "
        told += AGAIN.format(verb="promote")
        folder = workspace.folders["bundle"]
        return Candidate(folder, read_bundle(folder), None, (told,), is_answered=False)
    if asked == server.CHALLENGER:
        return _newest(workspace, known)
    version = next((v for v in known if v.version == asked), None)
    if version is None:
        listed = ", ".join(v.version for v in known) or "none"
        raise InputError("unknown-version", f"{source} has no version {asked}; known: {listed}",
                         fix="`leadscore versions` lists them")  # fmt: skip
    return _registered(workspace, source, version)


def _newest(workspace: Workspace, known: list[server.Version]) -> Candidate:
    """Return the newest training; MLflow's challenger must be the same, so that nobody signs another."""
    folder = workspace.folders["bundle"]
    bundle = read_bundle(folder)
    named = next((v for v in known if server.CHALLENGER in v.aliases), None)
    if named is not None and named.bundle_sha256 != bundle.sha256:
        other = (named.bundle_sha256 or "no hash")[:12]
        raise InputError(
            "other-challenger",
            f"MLflow's challenger is version {named.version} ({other}), models/bundle is {bundle.sha256[:12]}",
            file=folder,
            fix="run `leadscore retrain` to register what was trained, or promote a version by its number",
        )
    same = next((v for v in known if v.bundle_sha256 == bundle.sha256), None)
    told = (
        ()
        if same
        else ("not registered in MLflow (`leadscore retrain` registers): no alias moves",)
    )
    return Candidate(folder, bundle, same, told)


def _registered(workspace: Workspace, source: str, version: server.Version) -> Candidate:
    sha256 = version.bundle_sha256
    if sha256 is None:
        raise InputError(
            "half-registered",
            f"version {version.version} has no hash of its bundle: its registration did not end",
            fix="run `leadscore retrain` again and promote the new version",
        )
    for folder in (
        workspace.folders["bundle"],
        copies.home_of(workspace, source, sha256) / "bundle",
    ):
        try:
            return Candidate(folder, copies.read_exactly(folder, sha256), version)
        except InputError:
            continue
    try:
        bundle = fetched(workspace, source, sha256)
    except server.NoAnswerError as why:
        told = f"version {version.version} could not be fetched: {why}"
        raise InputError(
            "no-answer", told, fix="look at the version's artifacts in MLflow"
        ) from why
    return Candidate(copies.home_of(workspace, source, sha256) / "bundle", bundle, version)


def _found(
    workspace: Workspace, settings: Settings, challenger: Bundle, line: Promotion | None
) -> Contest | str:
    """Return the comparison with what scores now, or why there is none."""
    training = workspace.json("evidence", "training")
    if any(challenger.manifest.get(key) != value for key, value in training.items()):
        return "models/evidence is of another training than this version"
    if challenger.manifest["snapshots_sha256"] != workspace.hash_of("snapshots"):
        return "data/snapshots are not those it was trained on"
    evidence = workspace.table("evidence", "evidence")
    test = evidence.loc[evidence["window"] == "test"].reset_index(drop=True)
    if line is None:
        return contest(
            test, test["p_grid"].to_numpy(dtype=np.float64), rival="grid",
            seen=np.zeros(len(test), dtype=bool), settings=settings,
        )  # fmt: skip
    champion = serving(workspace, settings.source.name).bundle
    p = _rescored(workspace, settings, champion, challenger, test)
    if isinstance(p, str):
        return p
    seen = _learned_from(champion, test)
    return contest(test, p, rival="champion", seen=seen, settings=settings)


def _rescored(
    workspace: Workspace, settings: Settings, champion: Bundle, challenger: Bundle,
    test: pd.DataFrame,
) -> Float | str:  # fmt: skip
    """Return the champion's probabilities of the test looks, or what it would need and is not there."""
    snapshots = workspace.table("snapshots", "snapshots")
    looks = test[["lead_id", "as_of", "order"]].merge(
        snapshots, on=["lead_id", "as_of", "order"], how="left", validate="one_to_one"
    )
    lacking = features_lacking(champion.scorer, looks.columns)
    if lacking:
        return f"the champion needs {', '.join(lacking[:5])}, which the snapshots do not hold"
    points = looks["grid_points"].to_numpy(dtype=np.float64)
    grids = [b.manifest["members"]["grid.yaml"] for b in (champion, challenger)]
    if grids[0] != grids[1]:  # its own grid's points, not those of the grid in force now
        points = view(looks, workspace.sources(), champion.scorer.grid, settings)[1].points
    return champion.scorer.probability(looks, points, threads=settings.threads)


def _learned_from(champion: Bundle, test: pd.DataFrame) -> npt.NDArray[np.bool_] | None:
    """Return which looks' outcomes were known when the champion was trained; None without dates."""
    until, days = champion.manifest.get("observed_until"), champion.manifest.get("horizon_days")
    if until is None or days is None or test["as_of"].isna().any():
        return None
    known = test["as_of"] + pd.Timedelta(days=days) <= pd.Timestamp(until)
    return known.to_numpy(dtype=bool)
