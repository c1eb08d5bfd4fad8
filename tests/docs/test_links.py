"""Links of every page lead somewhere."""

import pytest

from tests.architecture.house import ROOT, plant, project_files
from tests.docs.texts import broken_links

PAGES = [path.relative_to(ROOT) for path in project_files("*.md")]


@pytest.mark.parametrize("page", PAGES, ids=str)
def test_every_local_link_resolves(page):
    assert broken_links(ROOT / page) == []


@pytest.mark.parametrize(
    ("text", "broken"),
    [
        ("[a](other.md)", []),
        ("[a](other.md#what-lies-here)", []),
        ("[a](#top)", []),
        ("[a](https://example.org/nothing)", []),
        ("`[a](gone.md)` and\n```\n[b](gone.md)\n```\n", []),
        ("[a](gone.md)", ["gone.md"]),
        ("![a](gone.png)", ["gone.png"]),
        ("[a](other.md#nothing)", ["other.md#nothing"]),
        ("[a](#nothing)", ["#nothing"]),
    ],
)
def test_a_planted_broken_link_is_named(tmp_path, text, broken):
    plant(tmp_path, {"page.md": f"# Top\n{text}", "other.md": "## What lies here?\n"})
    assert broken_links(tmp_path / "page.md") == broken
