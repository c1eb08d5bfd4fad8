"""Door of stage `review`: evidence becomes a threshold proposal and the report page, with a quarter if asked."""

from __future__ import annotations

from pathlib import Path

from leadscore.adapters.catalog import Workspace
from leadscore.adapters.looking_back import seen
from leadscore.adapters.proposing import proposed, signing
from leadscore.adapters.quarters import QuarterAsk, review_quarter
from leadscore.domain.settings import Settings
from leadscore.review.comparison import Comparison
from leadscore.review.language import language_named
from leadscore.review.page import report_inputs
from leadscore.review.report import pictures, render


def run(
    workspace: Workspace, settings: Settings, *, quarter: QuarterAsk | None = None,
    language: str | None = None,
) -> Path:  # fmt: skip
    """Write `reports/review`: proposal.json, report.html and its charts as PNG; return the page.

    Page and charts are in `language`, by default that of the settings; what is read by programs stays English.

    With a quarter they go to a folder of its own in `reports/quarters`, with its tables, and to the marts.
    """
    looked_at = seen(workspace, settings)
    told = None if quarter is None else review_quarter(workspace, settings, quarter)
    found = proposed(workspace, settings, looked_at)
    compared = Comparison.from_dict(workspace.json("evaluation", "tables"))
    proposal = found.proposal
    folder, part = ("review", "") if told is None else ("quarters", told.joined.quarter.name)
    path = workspace.file(folder, part) / "proposal.json"
    page = report_inputs(
        looked_at, compared, proposal.to_dict(), what_if=found.what_if, cuts_by=found.cuts_by,
        quarter=told, sign=signing(path.relative_to(workspace.root)),
    )  # fmt: skip
    spoken = language_named(language or settings.review.language)
    with workspace.writing(folder, part) as out:
        out.text("proposal.json", proposal.to_json())
        out.text("report.html", render(page, spoken))
        out.pictures(pictures(page, spoken))
        if told is not None:
            out.json("tables", told.to_dict())
    return path.with_name("report.html")
