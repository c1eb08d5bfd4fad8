"""What MLflow knows of a source's versions: asked within ten seconds, or it is not there.

Nothing of MLflow's own loaders is used: a version's files are downloaded, and their hashes decide.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from leadscore.adapters import tracking

CHAMPION, PREVIOUS, CHALLENGER = "champion", "previous", "challenger"
Answer = TypeVar("Answer")


class NoAnswerError(Exception):
    """MLflow did not answer, and why in one line."""


@dataclass(frozen=True)
class Version:
    """A registered version; `bundle_sha256` None where its registration did not end."""

    version: str
    bundle_sha256: str | None
    aliases: tuple[str, ...]
    tags: Mapping[str, str]
    run_id: str | None


def ask(root: Path, question: Callable[[Any], Answer]) -> Answer:
    """Return what `question` makes of an MLflow client, within ten seconds of waiting.

    MLflow's own import is not counted: it costs seconds of this machine, and no server can help it.

    Raises
    ------
    NoAnswerError
        No store yet, refused, failed or too slow.
    """
    uri = tracking.tracking_uri(root)
    file = Path(uri.removeprefix("sqlite:///"))
    if uri.startswith("sqlite:///") and not file.exists():
        raise NoAnswerError("there is no MLflow store yet (`leadscore retrain` makes one)")
    with tracking.quiet():
        try:
            client, faults = tracking.client_of(uri)
        except OSError as error:
            raise NoAnswerError(tracking.one_line(error)) from error
        try:
            return tracking.within(tracking.LIMIT_SECONDS, lambda: question(client))
        except faults as error:
            raise NoAnswerError(tracking.one_line(error)) from error


def versions(client: Any, source: str) -> list[Version]:
    """Return a source's versions, newest first."""
    name = tracking.registered_name(source)
    aliases: dict[str, list[str]] = {}
    for model in client.search_registered_models(f"name='{name}'"):
        for alias, number in model.aliases.items():
            aliases.setdefault(str(number), []).append(alias)
    found = [
        Version(
            str(v.version), v.tags.get("bundle_sha256"),
            tuple(sorted(aliases.get(str(v.version), []))), dict(v.tags), v.run_id,
        )
        for v in client.search_model_versions(f"name='{name}'")
    ]  # fmt: skip
    return sorted(found, key=lambda v: int(v.version), reverse=True)


def version_of(known: Sequence[Version], sha256: str) -> str | None:
    """Return the newest version with a bundle's hash, None if it was never registered."""
    return next((v.version for v in known if v.bundle_sha256 == sha256), None)


def follow(
    client: Any, source: str, *, champion: str | None, previous: str | None, tags: Mapping[str, str]
) -> bool:
    """Let aliases and tags follow the record, given by hashes; `champion` moves last.

    Returns
    -------
    Whether MLflow knows the champion; if not, or without one, its alias is taken away. Again changes
    nothing.
    """
    name, known = tracking.registered_name(source), versions(client, source)
    if not known:
        return False
    wanted = {PREVIOUS: version_of(known, previous) if previous else None,
              CHAMPION: version_of(known, champion) if champion else None}  # fmt: skip
    if wanted[CHAMPION] is not None:
        for key, value in tags.items():
            client.set_model_version_tag(name, wanted[CHAMPION], key, value)
    for alias, version in wanted.items():
        if version is None:
            client.delete_registered_model_alias(name, alias)
        else:
            client.set_registered_model_alias(name, alias, version)
    return wanted[CHAMPION] is not None


def tag(client: Any, source: str, *, sha256: str, tags: Mapping[str, str]) -> str | None:
    """Tag the newest version with a bundle's hash; return its number, None if it was never registered."""
    version = version_of(versions(client, source), sha256)
    if version is not None:
        for key, value in tags.items():
            client.set_model_version_tag(tracking.registered_name(source), version, key, value)
    return version


def fetch_bundle(client: Any, source: str, sha256: str, into: Path) -> Path:
    """Download a bundle, found by its hash, below `into`; return its folder. Nothing of it is parsed or run."""
    version = version_of(versions(client, source), sha256)
    if version is None:
        raise FileNotFoundError(f"no version has the bundle {sha256[:12]}")
    name = tracking.registered_name(source)
    return tracking.downloaded(f"models:/{name}/{version}/artifacts/bundle", into)


def fetch_card(client: Any, run_id: str, into: Path) -> str:
    """Return the text of the model card that a run logged."""
    place = client.download_artifacts(run_id, "evaluation/model_card.md", str(into))
    return Path(place).read_text("utf-8")
