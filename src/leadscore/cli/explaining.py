"""The verb that explains one lead: on the terminal, and as a page to hand on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer

from leadscore.cli import ground
from leadscore.cli.ground import app, opened, say
from leadscore.cli.pipeline import moment


@app.command()
def explain(
    lead: Annotated[str, typer.Argument(help="Id of the lead, as in the CRM.")],
    as_of: Annotated[
        str | None, typer.Option(help="Moment, ISO 8601 (UTC); default: the export's.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option(help="Write a card too: one HTML file, fit for phone and paper.")
    ] = None,
    language: Annotated[
        Literal["en", "fr"] | None,
        typer.Option(help="Language of the card and of the reasons; default: review.language."),
    ] = None,
) -> None:
    """Explain one lead: score, history, reasons, the grid's rules, leads alike, and what would change it."""
    from leadscore.adapters.explaining import explained, write_card
    from leadscore.review.lead_screen import lead_screen

    workspace, settings = opened()
    told = explained(workspace, settings, lead, as_of=moment(as_of), language=language)
    ground.show(lead_screen(told, settings))
    if html is not None:
        write_card(html, told, settings, language=language)
        say(f"explain: {html} (holds a lead's data: share it as you would the CRM's)")
