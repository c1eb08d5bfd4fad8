"""The verb that makes import files for CRMs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from leadscore.cli import ground
from leadscore.cli.ground import app, opened, say, working
from leadscore.cli.pipeline import moment

if TYPE_CHECKING:
    from leadscore.adapters.crm_files import Delivery, Written
    from leadscore.domain.crm_fields import Crm


@app.command("crm-files")
def crm_files(
    to: Annotated[
        list[str] | None, typer.Option(help="CRM to make files for, such as hubspot; repeatable.")
    ] = None,
    to_all: Annotated[bool, typer.Option("--all", help="Make files for every CRM known.")] = False,
    as_of: Annotated[
        str | None, typer.Option(help="Day of the scores (UTC), 2026-06-29; default: the newest.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder to write to instead of data/crm.")
    ] = None,
    changed_only: Annotated[
        bool,
        typer.Option(
            help="Only leads whose score, tier or reasons differ from the scores issued before."
        ),
    ] = False,
    fields: Annotated[
        str | None, typer.Option(help="Show the fields to create in this CRM, and write nothing.")
    ] = None,
) -> None:
    """Make CSV files that a CRM imports from issued scores, or show which fields it must have."""
    from leadscore.domain.crm_systems import CRMS, crm_named

    if fields is not None:
        from leadscore.review.crm_screen import fields_table

        ground.show(fields_table(crm_named(fields)))
        return
    crms = list(CRMS.values()) if to_all else [crm_named(name) for name in to or []]
    crms = list({crm.name: crm for crm in crms}.values())  # one named twice is written once
    _refuse_none(crms)
    _write(crms, as_of=as_of, out=out, changed_only=changed_only)


def _write(crms: list[Crm], *, as_of: str | None, out: Path | None, changed_only: bool) -> None:
    from leadscore.adapters.crm_files import delivery, write_crm_files

    workspace, _ = opened()
    with working("reading the issued scores"):
        told = delivery(workspace.folders["issued"], day=moment(as_of), changed_only=changed_only)
    _say_choice(told, changed_only)
    root = workspace.folders["crm"] if out is None else out
    for crm in crms:
        with working(f"writing files for {crm.title}"):
            written = write_crm_files(told, crm, root)
        _say_written(written, crm)


def _say_choice(told: Delivery, changed_only: bool) -> None:
    if changed_only and told.since is None:
        say("crm-files: no scores were issued before these, so every lead is told")
    if told.newer:
        say(
            f"  warning: later scores were issued ({', '.join(told.newer[-3:])}): an import of these "
            "would overwrite them"
        )


def _say_written(written: Written, crm: Crm) -> None:
    from leadscore.review.crm_screen import told_lines

    rows, files = written.manifest["rows"], len(written.manifest["members"])
    told = f"{rows:,} lead{'' if rows == 1 else 's'} in {files:,} file{'' if files == 1 else 's'}"
    state = "" if written.is_new else ", made before"
    say(f"crm-files: {crm.title}: {told}{state} -> {written.folder}")
    for line in told_lines(written.manifest, crm):
        say(f"  {line}")


def _refuse_none(crms: list[Crm]) -> None:
    if not crms:
        from leadscore.domain.crm_systems import CRMS
        from leadscore.domain.errors import InputError

        raise InputError(
            "no-crm", "which CRM are the files for?", column="--to",
            fix=f"add --to NAME or --all; known: {', '.join(CRMS)}",
        )  # fmt: skip
