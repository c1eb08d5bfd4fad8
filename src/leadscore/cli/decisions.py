"""The verbs of the thresholds: a named person approves a proposal or reverts a decision; anybody may look."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from leadscore.cli import ground
from leadscore.cli.ground import app, opened, say
from leadscore.cli.registry import By, Reason, now

if TYPE_CHECKING:
    from leadscore.adapters.approving import Decided

On = Annotated[
    str | None, typer.Option(help="Day it holds from, YYYY-MM-DD; default: today (UTC).")
]


@app.command()
def approve(
    proposal: Annotated[Path, typer.Argument(help="A proposal.json of `leadscore review`.")],
    by: By,
    reason: Reason,
    only: Annotated[
        Literal["hot", "warm"] | None,
        typer.Option(help="Approve one threshold; the other one stays."),
    ] = None,
    on: On = None,
) -> None:
    """Put proposed thresholds in force: a signed, dated line of config/decisions.yaml."""
    from leadscore.adapters import approving
    from leadscore.adapters.signature import Signature

    workspace, settings = opened()
    signature = Signature(by, reason, _day(on))
    _tell("approve", approving.approve(workspace, settings, proposal, signature, only=only))


@app.command()
def revert(by: By, reason: Reason, on: On = None) -> None:
    """Bring back the thresholds before the last decision, by a further signed line."""
    from leadscore.adapters import approving
    from leadscore.adapters.signature import Signature

    workspace, settings = opened()
    signature = Signature(by, reason, _day(on))
    _tell("revert", approving.revert(workspace, settings, signature))


@app.command()
def decisions(on: On = None) -> None:
    """List the signed decisions on thresholds, newest last, with the one in force."""
    from leadscore.adapters.views import decided

    ground.show(decided(*opened(), day=_day(on)))


def _tell(verb: str, done: Decided) -> None:
    new, before = done.decision, done.before
    moves = ", ".join(
        f"{name} stays at {is_now:g}" if was == is_now else f"{name} from {was:g} to {is_now:g}"
        for name, was, is_now in (("hot", before.hot, new.hot), ("warm", before.warm, new.warm))
    )
    what = f" takes back {new.reverts}" if new.reverts else ""
    say(f"{verb}: decision {new.id}{what}, by {new.by}, in force from {new.decided_on}: {moves}")
    for warning in done.warnings:
        say(f"  warning: {warning}")


def _day(text: str | None) -> str:
    """Return a day as YYYY-MM-DD; None is today."""
    if text is None:
        return now()[:10]
    from datetime import date

    from leadscore.domain.errors import InputError

    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        told = f"--on {text!r} is no day"
        raise InputError("bad-date", told, fix="write it as 2026-06-29") from None
