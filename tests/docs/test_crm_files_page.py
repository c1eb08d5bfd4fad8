"""docs/crm_files.md says what the declared table of CRMs says."""

import re

import pytest

from leadscore.domain.crm_fields import FIELDS
from leadscore.domain.crm_systems import CRMS
from tests.architecture.house import ROOT

PAGE = (ROOT / "docs/crm_files.md").read_text("utf-8")


def line_of(crm):
    """Return a CRM's line of the table of limits."""
    text = "no limit" if crm.text_limit is None else f"{crm.text_limit:,} {crm.unit}"
    cells = (
        crm.title,
        f"`{crm.key}`",
        "no limit" if crm.rows is None else f"{crm.rows:,}",
        "no limit" if crm.size is None else f"{crm.size:,}",
        text,
        f"`{crm.moment}`",
        "UTF-8 with byte order mark" if crm.bom else "UTF-8",
        {"\r\n": "CR LF", "\n": "LF"}[crm.line_end],
    )
    return f"| {' | '.join(cells)} |"


@pytest.mark.parametrize("crm", CRMS.values(), ids=CRMS)
def test_a_crm_stands_on_the_page_with_its_limits(crm):
    assert line_of(crm) in PAGE.splitlines()


def test_the_page_has_a_verdict_on_every_crm_and_on_no_other():
    table = PAGE[PAGE.index("## What is documented") :]
    titles = re.findall(r"^\| ([^|]+) \|", table, re.MULTILINE)
    assert [t for t in titles if t not in ("CRM", "---")] == [crm.title for crm in CRMS.values()]


def test_every_field_and_its_source_stand_on_the_page():
    table = PAGE[PAGE.index("## What every file holds") : PAGE.index("## The id")]
    assert [f.source for f in FIELDS if f"`{f.source}`" not in table] == []


def test_every_page_that_is_cited_is_listed():
    """And the other way round: no page is listed that nothing rests on."""
    cited = {int(n) for n in re.findall(r"\[(\d+)\]", PAGE)}
    listed = {int(n) for n in re.findall(r"^(\d+)\. ", PAGE, re.MULTILINE)}
    assert cited == listed
