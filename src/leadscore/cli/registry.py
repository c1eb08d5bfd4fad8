"""The verbs of the registry: a named person promotes, rolls back or retires; anybody may look."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated

import typer

from leadscore.cli import ground
from leadscore.cli.ground import app, opened, say

if TYPE_CHECKING:
    from leadscore.adapters.registry.promoting import Signed

By = Annotated[str, typer.Option(help="The person who decides, by name.")]
Reason = Annotated[str, typer.Option(help="Why, in a sentence.")]


@app.command()
def promote(
    by: By,
    reason: Reason,
    version: Annotated[
        str, typer.Argument(help="A version of MLflow by number, or the newest training.")
    ] = "challenger",
    despite: Annotated[
        list[str] | None,
        typer.Option(
            help="A gate that is not passed and signed for nevertheless, by name; repeatable."
        ),
    ] = None,
) -> None:
    """Let a version score: shows its gates and the comparison with the champion, then signs it."""
    from leadscore.adapters.registry import promoting
    from leadscore.adapters.registry.examining import examine
    from leadscore.adapters.registry.listing import gates_shown
    from leadscore.adapters.signature import Signature

    workspace, settings = opened()
    signature = Signature(by, reason, now(), tuple(despite or ()))
    examined = examine(workspace, settings, version)
    if not examined.is_champion:
        ground.show(gates_shown(examined))
    signed = promoting.promote(workspace, settings.source.name, examined, signature)
    _tell("promote", signed)


@app.command()
def rollback(by: By, reason: Reason) -> None:
    """Let the champion before, or the one retired, score again; the next `leadscore score` uses it."""
    from leadscore.adapters.registry import promoting
    from leadscore.adapters.signature import Signature

    workspace, settings = opened()
    signature = Signature(by, reason, now())
    _tell("rollback", promoting.rollback(workspace, settings.source.name, signature))


@app.command()
def retire(by: By, reason: Reason) -> None:
    """Let the grid score without a champion, until a person promotes or rolls back."""
    from leadscore.adapters.registry import promoting
    from leadscore.adapters.registry.serving import no_champion, serving
    from leadscore.adapters.signature import Signature

    workspace, settings = opened()
    source = settings.source.name
    _tell("retire", promoting.retire(workspace, source, Signature(by, reason, now())))
    say(f"  {no_champion(serving(workspace, source).bundle.scorer.opinion)}")


@app.command()
def versions() -> None:
    """List versions with aliases, hash, gates and who promoted them; without MLflow from local files."""
    from leadscore.adapters.registry.listing import versions_shown

    ground.show(versions_shown(*opened()))


@app.command()
def shadow() -> None:
    """Compare challenger and champion on the last night: correlation, and leads that would change tier."""
    from leadscore.adapters.registry.listing import shadow_shown

    ground.show(shadow_shown(*opened()))


def _tell(verb: str, signed: Signed) -> None:
    if signed.is_new:
        say(f"{verb}: champion {signed.line.told()}")
    for warning in signed.warnings:
        say(f"  warning: {warning}" if signed.is_new else f"{verb}: warning: {warning}")


def now() -> str:
    """Return the moment of signing (UTC): clocks are read here, and nowhere below."""
    return f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%SZ}"
