"""Which fields a CRM must have before an import, and what was written for it: for the terminal."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rich.console import Group
from rich.markup import escape
from rich.text import Text

from leadscore.domain.crm_fields import FIELDS, Crm, Field, Kind
from leadscore.review.grid_tables import heading, table

_EXAMPLE = datetime(2026, 6, 29, 18, 30, tzinfo=UTC)


def fields_table(crm: Crm) -> Group:
    """Return the fields to create in a CRM: column of the file, type, options, what it tells."""
    shown = table("Column", "Field to create", "Options or format", "What it tells")
    for field in FIELDS:
        kind = "finds the record" if field.kind is Kind.KEY else crm.types[field.kind]
        cells = (crm.column(field), kind, _options(field, crm), field.tells)
        shown.add_row(*(escape(cell) for cell in cells))
    notes = [f"{crm.key}: {crm.finds}"]
    if crm.also_needs:
        notes.append(
            f"the import also asks for {', '.join(crm.also_needs)}, which scores do not have"
        )
    return Group(
        heading(f"Fields of an import into {crm.title}"), shown,
        *(Text(note, style="dim") for note in notes),
    )  # fmt: skip


def told_lines(manifest: Mapping[str, Any], crm: Crm) -> list[str]:
    """Return what the person who imports must know of the files, a line each.

    Parameters
    ----------
    manifest
        As `adapters.crm_files` writes it.
    """
    told = [
        f"texts in `{column}` shortened to fit: {n:,}"
        for column, n in manifest["shortened"].items()
    ]
    told += [
        f"leads whose id starts like a formula and got an apostrophe (they find no record): {n:,}"
        if column == crm.key
        else f"texts in `{column}` that start like a formula and got an apostrophe: {n:,}"
        for column, n in manifest["escaped"].items()
    ]
    if manifest["unchanged"]:
        told.append(f"leads left out, with nothing new to tell: {manifest['unchanged']:,}")
    if manifest["gone"]:
        told.append(
            "leads of the scores before that are not open any more (no row: the CRM keeps their last "
            f"score): {manifest['gone']:,}"
        )
    if crm.also_needs:
        told.append(
            f"the import also asks for {', '.join(crm.also_needs)}; scores do not have them"
        )
    return told


def _options(field: Field, crm: Crm) -> str:
    if field.kind is Kind.NUMBER:
        return f"{field.decimals} decimal{'' if field.decimals == 1 else 's'}"
    if field.kind is Kind.FLAG:
        return ", ".join(crm.flag)
    if field.kind is Kind.MOMENT:
        return f"such as {_EXAMPLE.strftime(crm.moment)}"
    if field.kind is Kind.REASONS and crm.text_limit is not None:
        return f"up to {crm.text_limit:,} {crm.unit}"
    return ", ".join(field.options)
