"""The model card of a promoted bundle: as it was written at training, with the approver below."""

from __future__ import annotations

import tempfile
from pathlib import Path

from leadscore.adapters.catalog import Workspace
from leadscore.adapters.registry import copies, server
from leadscore.adapters.registry.examining import Candidate
from leadscore.review.model_card import APPROVER, approved, names_bundle
from leadscore.scoring.champions import Promotion


def sign_card(workspace: Workspace, candidate: Candidate, line: Promotion) -> tuple[str, ...]:
    """Keep the bundle's card with its approver beside the copy; return what could not be done."""
    text = _card_of(workspace, candidate, line)
    if text is None:
        return (
            "no model card of this bundle was found: run `leadscore evaluate` after the training",
        )
    copies.keep_card(workspace, line.source, line.bundle_sha256, approved(text, line))
    return ()


def _card_of(workspace: Workspace, candidate: Candidate, line: Promotion) -> str | None:
    """Return the card that names this bundle: that of the last evaluation, or the one MLflow has."""
    newest = workspace.file("evaluation", copies.CARD)
    texts = [newest.read_text("utf-8")] if newest.is_file() else []
    version = candidate.version
    if (
        not any(names_bundle(text, line.bundle_sha256) for text in texts)
        and version is not None
        and candidate.is_answered
    ):
        texts += _logged(workspace, version.run_id)
    return next((t for t in texts if names_bundle(t, line.bundle_sha256) and APPROVER in t), None)


def _logged(workspace: Workspace, run_id: str | None) -> list[str]:
    if run_id is None:
        return []
    with tempfile.TemporaryDirectory() as place:
        try:
            return [
                server.ask(
                    workspace.root, lambda client: server.fetch_card(client, run_id, Path(place))
                )
            ]
        except (server.NoAnswerError, UnicodeDecodeError):
            return []
