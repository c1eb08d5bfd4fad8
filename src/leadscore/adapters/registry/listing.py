"""What the registry's screens show: versions from MLflow and from local files, and the last shadow night."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from rich.console import Group

from leadscore.adapters import issued as partitions
from leadscore.adapters.catalog import Workspace
from leadscore.adapters.files import sha256_of
from leadscore.adapters.registry import copies, server
from leadscore.adapters.registry.examining import Examined
from leadscore.adapters.registry.record import signed_lines
from leadscore.domain.errors import InputError
from leadscore.domain.settings import Settings
from leadscore.review.registry_screen import (
    VersionRow,
    examined_screen,
    shadow_screen,
    versions_screen,
)
from leadscore.review.shadow import shadowed
from leadscore.review.words import OPINION_WORDS
from leadscore.scoring.champions import Promotion, champion_of, is_retired


def gates_shown(examined: Examined) -> Group:
    """Return the screen of a candidate before it is signed."""
    candidate = examined.candidate
    version = f"version {candidate.version.version}" if candidate.version else "models/bundle"
    title = f"{version}, {candidate.bundle.sha256[:12]}: {OPINION_WORDS[candidate.bundle.scorer.opinion].lower()} leads"
    now = examined.champion
    against = f"the champion {now.told()}" if now else "the grid, as there is no champion"
    return examined_screen(title, examined.gates, examined.found, against=against)


def versions_shown(workspace: Workspace, settings: Settings) -> Group:
    """Return every version that MLflow or this folder knows, and whether alias and record agree."""
    source = settings.source.name
    lines = signed_lines(workspace.root, source)
    notes = []
    try:
        known = server.ask(workspace.root, lambda client: server.versions(client, source))
    except server.NoAnswerError as why:
        known = []
        notes.append(f"from local files alone: MLflow did not answer ({why})")
    newest = workspace.file("bundle", "manifest.json")
    newest_sha256 = sha256_of(newest) if newest.is_file() else None
    rows = [_row(workspace, lines, newest_sha256, sha256=v.bundle_sha256, version=v) for v in known]
    listed = {v.bundle_sha256 for v in known}
    local = [*([newest_sha256] if newest_sha256 else []), *(li.bundle_sha256 for li in lines[::-1])]
    rows += [
        _row(workspace, lines, newest_sha256, sha256=sha256, version=None)
        for sha256 in dict.fromkeys(local)
        if sha256 not in listed
    ]
    now = champion_of(lines)
    notes.append(f"champion: {now.told()}" if now else "no champion: the grid scores")
    if is_retired(lines):
        notes.append(f"before: {lines[-1].told()}")
    notes += _disagreement(known, now) if lines else []
    return versions_screen(f"Versions of source {source}", rows, notes)


def _disagreement(known: Sequence[server.Version], now: Promotion | None) -> list[str]:
    """Return the line that says so where MLflow's alias is not where the record says."""
    named = next((v for v in known if server.CHAMPION in v.aliases), None)
    on, signed = named and named.bundle_sha256, now and now.bundle_sha256
    if not known or on == signed:
        return []
    where = f"version {named.version}" if named else "no version"
    mend = "promote` of the champion again moves the alias"
    mend = mend if now else "retire` again takes the alias away"
    return [f"MLflow's alias `champion` is on {where}: the record counts; `leadscore {mend}"]


def _row(
    workspace: Workspace,
    lines: Sequence[Promotion],
    newest: str | None,
    *,
    sha256: str | None,
    version: server.Version | None,
) -> VersionRow:
    now = champion_of(lines)
    signed = [line for line in lines if line.bundle_sha256 == sha256]
    names = list(version.aliases) if version else []
    if now is not None and now.bundle_sha256 == sha256 and server.CHAMPION not in names:
        names.insert(0, "champion (by the record)")
    if sha256 == newest:
        names.append("models/bundle")
    if signed and copies.is_kept(workspace, signed[-1].source, str(sha256)):
        names.append("kept here")
    return VersionRow(
        version.version if version else "-",
        sha256[:12] if sha256 else "registration did not end",
        ", ".join(names) or "-",
        _gates(workspace, sha256, newest, signed),
        "\n".join(f"{li.act} by {li.by} on {li.at[:10]}: {li.reason}" for li in signed) or "-",
    )


def _gates(
    workspace: Workspace, sha256: str | None, newest: str | None, signed: Sequence[Promotion]
) -> str:
    if signed:
        line = signed[-1]
        return f"{len(line.passed)} passed" + "".join(f"; despite: {g}" for g in line.despite)
    if sha256 is None or sha256 != newest:
        return "see its description in MLflow" if sha256 else "-"
    gates = _gates_of(workspace.file("bundle", "manifest.json"))
    failed = [gate["gate"] for gate in gates if not gate["passed"]]
    return f"{len(gates) - len(failed)} passed" + "".join(f"; NOT: {name}" for name in failed)


def _gates_of(manifest: Path) -> list[dict[str, object]]:
    try:
        return list(json.loads(manifest.read_text("utf-8")).get("gates", []))
    except (ValueError, AttributeError):
        return []


def shadow_shown(workspace: Workspace, settings: Settings) -> Group:
    """Return champion beside challenger on the last shadow night.

    Raises
    ------
    InputError
        ``no-shadow``: no night has shadow scores yet.
    """
    folder = partitions.newest(workspace.folders["shadow"])
    if folder is None:
        raise InputError(
            "no-shadow",
            "no night has shadow scores: the newest training was the one that scored",
            file=workspace.folders["shadow"],
            fix="train anew, then `leadscore score`",
        )
    inputs = partitions.inputs_of(folder)
    issued = partitions.read_partition(workspace.folders["issued"] / inputs["beside"])
    found = shadowed(issued, partitions.read_partition(folder, shadow=True), settings.review)
    now = f"champion {inputs['champion'][:12]}" if inputs["champion"] else "the grid (no champion)"
    title = (
        f"Night of {inputs['as_of'][:10]}: {now} beside challenger {inputs['bundle_sha256'][:12]}"
    )
    return shadow_screen(title, found)
