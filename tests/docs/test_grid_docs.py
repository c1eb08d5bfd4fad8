"""docs/grid.md says what the types say, and every piece of YAML on it is a grid or part of one."""

import importlib.util

import pytest

from leadscore.domain.conditions import CONDITIONS
from leadscore.domain.rules import Decay, Grid, Rule
from tests.architecture.house import ROOT


def _script():
    spec = importlib.util.spec_from_file_location("grid_docs", ROOT / "scripts/grid_docs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


SCRIPT = _script()
TEXT = (ROOT / "docs/grid.md").read_text("utf-8")
FRAGMENTS = SCRIPT.fragments(TEXT)


def test_the_page_is_current():
    assert SCRIPT.page() == TEXT, (
        "docs/grid.md is stale; mend: .venv/bin/python scripts/grid_docs.py"
    )


@pytest.mark.parametrize("fragment", FRAGMENTS)
def test_every_piece_of_yaml_is_understood_and_can_be_evaluated(fragment):
    score = SCRIPT.score_of_the_lead(SCRIPT.grid_with(fragment))
    assert len(score.trace) == 1


def test_there_are_pieces_for_every_tool_and_every_kind():
    tools = TEXT[TEXT.index("## Rules of other tools") :].split("\n### ")[1:]
    assert len(tools) == 5
    assert all(len(SCRIPT.fragments(tool)) >= 5 for tool in tools)
    text = "\n".join(FRAGMENTS)
    for key in CONDITIONS:
        assert f"{key}:" in text
    for kind in ("linear", "half_life", "step", "staircase", "inactivity"):
        assert f"kind: {kind}" in text


def test_every_key_stands_on_it():
    for model in (Grid, Rule, Decay, *CONDITIONS.values()):
        for name, field in model.model_fields.items():
            key = field.alias or name
            assert f"`{key}`" in TEXT, key


def test_a_key_nobody_described_is_told(monkeypatch):
    monkeypatch.setitem(SCRIPT.KEYS, Decay, {"kind": "how"})
    with pytest.raises(ValueError, match="Decay has the keys"):
        SCRIPT.page()


def test_a_stale_page_fails_the_check_and_is_written_anew(tmp_path, monkeypatch, capsys):
    page = tmp_path / "grid.md"
    monkeypatch.setattr(SCRIPT, "PAGE", page)
    monkeypatch.setattr("sys.argv", ["grid_docs.py", "--check"])
    assert SCRIPT.main() == 1
    assert "stale" in capsys.readouterr().out
    monkeypatch.setattr("sys.argv", ["grid_docs.py"])
    SCRIPT.main()
    monkeypatch.setattr("sys.argv", ["grid_docs.py", "--check"])
    assert SCRIPT.main() == 0
