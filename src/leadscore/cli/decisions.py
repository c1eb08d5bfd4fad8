"""The verbs of signed decisions: a named person approves a proposal or reverts a decision; anybody may look."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from leadscore.cli import ground
from leadscore.cli.ground import app, opened, say
from leadscore.cli.registry import By, Reason, now

if TYPE_CHECKING:
    from leadscore.adapters.approving import Decided
    from leadscore.scoring.signed import GridDecision

On = Annotated[
    str | None, typer.Option(help="Day it holds from, YYYY-MM-DD; default: today (UTC).")
]


@app.command()
def approve(
    proposal: Annotated[
        Path,
        typer.Argument(
            help="A proposal.json of `leadscore review`, or a grid's YAML file of `leadscore grid learn`."
        ),
    ],
    by: By,
    reason: Reason,
    only: Annotated[
        list[str] | None,
        typer.Option(
            help="Approve a part, the rest stays: hot or warm; of a grid CRITERION, CRITERION.points, "
            "CRITERION.half_life, bands or cells. Repeatable."
        ),
    ] = None,
    on: On = None,
) -> None:
    """Put proposed thresholds or points in force: a signed, dated line of config/decisions.yaml."""
    from leadscore.adapters import approving, grid_approving
    from leadscore.adapters.signature import Signature

    workspace, settings = opened()
    signature, parts = Signature(by, reason, _day(on)), only or []
    if grid_approving.is_of_grid(proposal):
        signed = grid_approving.approve_grid(workspace, settings, proposal, signature, only=parts)
        _tell_of_grid("approve", signed)
        return
    tier = _tier(parts, proposal)
    _tell("approve", approving.approve(workspace, settings, proposal, signature, only=tier))


@app.command()
def revert(
    by: By,
    reason: Reason,
    of: Annotated[
        Literal["thresholds", "grid"] | None,
        typer.Option(help="Of which kind; default: whatever was decided last."),
    ] = None,
    on: On = None,
) -> None:
    """Bring back what was in force before the last decision, by a further signed line."""
    from leadscore.adapters import approving, grid_approving
    from leadscore.adapters.decisions import all_signed
    from leadscore.adapters.signature import Signature

    workspace, settings = opened()
    signature = Signature(by, reason, _day(on))
    known, source = all_signed(workspace.config), settings.source.name
    if of == "grid" or (of is None and grid_approving.reverts_a_grid(known, source)):
        _tell_of_grid("revert", grid_approving.revert_grid(workspace, settings, signature))
        return
    _tell("revert", approving.revert(workspace, settings, signature))


@app.command()
def decisions(on: On = None) -> None:
    """List the signed decisions on thresholds and grids, newest last, with those in force."""
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


def _tell_of_grid(verb: str, new: GridDecision) -> None:
    what = f" takes back {new.reverts}" if new.reverts else ""
    say(
        f"{verb}: decision {new.id}{what}, by {new.by}, from {new.decided_on}: grid {new.grid} is version "
        f"{new.after_version}; version {new.before_version} is kept in {new.kept}"
    )
    for change in new.changes:
        say(f"  {change}")
    say("  scores follow with the next training: `leadscore retrain`")


def _tier(parts: list[str], proposal: Path) -> Literal["hot", "warm"] | None:
    """Return the one threshold that is approved; None is both."""
    from leadscore.domain.errors import InputError, nearest

    for name in parts:
        if name not in ("hot", "warm"):
            raise InputError(
                "unknown-part", f"{name!r}: a proposal of thresholds has no such part", file=proposal,
                column="--only", fix=nearest(name, ("hot", "warm")),
            )  # fmt: skip
    asked = set(parts)
    return None if asked != {"hot"} and asked != {"warm"} else "hot" if "hot" in asked else "warm"


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
