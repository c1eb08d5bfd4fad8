"""docs/demographics.md says what the word lists say."""

import importlib.util

import pytest

from leadscore.history.demographics import BUYING_ROLES, DOMAIN_CLASSES, SIZE_BANDS
from leadscore.history.sectors import SECTORS
from leadscore.history.titles import FUNCTIONS, SENIORITIES
from tests.architecture.house import ROOT


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location(
        "demographics_docs", ROOT / "scripts/demographics_docs.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_current(script):
    stale = "docs/demographics.md is stale; mend: .venv/bin/python scripts/demographics_docs.py"
    assert (ROOT / "docs/demographics.md").read_text("utf-8") == script.page(), stale


@pytest.mark.parametrize(
    "words", [SENIORITIES, FUNCTIONS, BUYING_ROLES, DOMAIN_CLASSES, SIZE_BANDS, SECTORS]
)
def test_every_derived_word_stands_on_it(script, words):
    page = script.page()
    assert [word for word in words if f"`{word}`" not in page and f"| {word} |" not in page] == []


def test_a_stale_page_fails_the_check_and_is_written_anew(script, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(script, "PAGE", tmp_path / "demographics.md")
    monkeypatch.setattr("sys.argv", ["demographics_docs.py", "--check"])
    assert script.main() == 1
    assert "stale" in capsys.readouterr().out
    monkeypatch.setattr("sys.argv", ["demographics_docs.py"])
    assert script.main() == 0
    monkeypatch.setattr("sys.argv", ["demographics_docs.py", "--check"])
    assert script.main() == 0
