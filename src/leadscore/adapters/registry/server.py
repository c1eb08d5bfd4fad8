"""What MLflow knows of a source's versions: asked within ten seconds, or it is not there.

Nothing of MLflow's own loaders is used: a version's files are downloaded, and their hashes decide.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from leadscore.adapters import tracking

LIMIT_SECONDS = 10.0
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
        client, faults = tracking.client_of(uri)
        try:
            return _within(LIMIT_SECONDS, lambda: question(client))
        except faults as error:
            raise NoAnswerError(tracking.one_line(error)) from error


def _within(seconds: float, work: Callable[[], Answer]) -> Answer:
    """Return what `work` returns, or raise TimeoutError and leave it behind: the process will end."""
    answers: list[Answer] = []
    faults: list[BaseException] = []

    def run() -> None:
        try:
            answers.append(work())
        except BaseException as error:  # handed to the caller, whatever it is
            faults.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    thread.join(seconds)
    if faults:
        raise faults[0]
    if not answers:
        raise TimeoutError(f"no answer within {seconds:g} seconds")
    return answers[0]


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


def point(
    client: Any, source: str, *, champion: str, previous: str | None, tags: Mapping[str, str]
) -> None:
    """Tag the champion's version and move the aliases; `champion` last. Again changes nothing."""
    name = tracking.registered_name(source)
    for key, value in tags.items():
        client.set_model_version_tag(name, champion, key, value)
    if previous is not None:
        client.set_registered_model_alias(name, PREVIOUS, previous)
    else:
        client.delete_registered_model_alias(name, PREVIOUS)
    client.set_registered_model_alias(name, CHAMPION, champion)


def fetch_bundle(client: Any, source: str, version: str, into: Path) -> Path:
    """Download a version's bundle below `into`; return its folder. Nothing of it is parsed or run."""
    del client  # the download goes by the address alone
    name = tracking.registered_name(source)
    return tracking.downloaded(f"models:/{name}/{version}/artifacts/bundle", into)


def fetch_card(client: Any, run_id: str, into: Path) -> str:
    """Return the text of the model card that a run logged."""
    place = client.download_artifacts(run_id, "evaluation/model_card.md", str(into))
    return Path(place).read_text("utf-8")
