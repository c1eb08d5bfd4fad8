"""Who scores tonight: the champion's own copy, or the grid of the newest bundle where there is no champion."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from leadscore.adapters.bundle import Bundle, read_bundle
from leadscore.adapters.catalog import Workspace
from leadscore.adapters.registry import copies, server
from leadscore.adapters.registry.record import record_of, signed_lines
from leadscore.domain.errors import InputError
from leadscore.scoring.champions import Promotion, champion_of, without_model


def no_champion(opinion: str) -> str:
    """Return the line that says who scores without a champion, and how that ends."""
    who = {"grid": "the grid", "base_rate": "the base rate"}[opinion]
    return (
        f"no champion: {who} scores; `leadscore promote --by NAME --reason TEXT` lets a model lead"
    )


@dataclass(frozen=True)
class Serving:
    """A bundle read once, at the start: what is promoted meanwhile scores the next night.

    `line` is the champion's, None where there is none.
    """

    bundle: Bundle
    line: Promotion | None


def serving(workspace: Workspace, source: str) -> Serving:
    """Return what scores: pinned, its hash checked against the signed record before it is parsed.

    Raises
    ------
    InputError
        ``champion-lost``: no undamaged copy is here, and none could be fetched. Nothing else scores
        in its place: that would be another model than the one signed.
    """
    line = champion_of(signed_lines(workspace.root, source))
    if line is None:
        return Serving(without_champion(workspace), None)
    home = copies.home_of(workspace, source, line.bundle_sha256)
    try:
        bundle = copies.read_exactly(home / "bundle", line.bundle_sha256)
    except InputError as damage:
        bundle = _restored(workspace, line, damage)
    return Serving(bundle, line)


def without_champion(workspace: Workspace) -> Bundle:
    """Return the newest bundle as it scores without a champion: by its grid, or by the base rate.

    Raises
    ------
    InputError
        As `bundle.read_bundle`.
    """
    newest = read_bundle(workspace.folders["bundle"])
    return replace(newest, scorer=without_model(newest.scorer, newest.manifest))


def _restored(workspace: Workspace, line: Promotion, damage: InputError) -> Bundle:
    """Return the champion from the newest training, if it is the same, or from MLflow; keep it here."""
    sha256, newest = line.bundle_sha256, workspace.folders["bundle"]
    try:
        return copies.keep(workspace, line.source, sha256, taken_from=newest)
    except InputError:
        pass  # another bundle, a damaged one or none: MLflow may have it
    try:
        return fetched(workspace, line.source, sha256)
    except (server.NoAnswerError, InputError) as error:
        raise InputError(
            "champion-lost",
            f"champion {line.told()} cannot be read ({damage.message}) and not be fetched: {error}",
            file=record_of(workspace.root, line.source),
            fix="start MLflow and score again, or `leadscore rollback`, or `leadscore retire`",
        ) from error


def fetched(workspace: Workspace, source: str, sha256: str) -> Bundle:
    """Download the bundle with this hash, check it against the hash, and keep it here.

    Raises
    ------
    NoAnswerError, InputError
        MLflow is not there within its ten seconds, does not know it, or has other bytes.
    """
    above = workspace.folders["registry"]
    above.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".fetching.", dir=above) as place:
        got = server.ask(
            workspace.root, lambda client: server.fetch_bundle(client, source, sha256, Path(place))
        )
        return copies.keep(workspace, source, sha256, taken_from=got)
