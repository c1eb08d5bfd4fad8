"""docs/features.md says what the types and the spec files say."""

import importlib.util
from typing import get_args

import pytest

from leadscore.domain.event_features import EventFeature, Primitive
from tests.architecture.house import ROOT


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("feature_docs", ROOT / "scripts/feature_docs.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_the_page_is_current(script):
    stale = "docs/features.md is stale; mend: .venv/bin/python scripts/feature_docs.py"
    assert (ROOT / "docs/features.md").read_text("utf-8") == script.page(), stale


def test_every_primitive_and_every_key_stands_on_it(script):
    page = script.page()
    for primitive in get_args(Primitive):
        assert f"\n### {primitive}\n" in page
    for field in EventFeature.model_fields.values():
        assert field.description in page


def test_a_stale_page_fails_the_check_and_is_written_anew(script, tmp_path, monkeypatch, capsys):
    page = tmp_path / "features.md"
    monkeypatch.setattr(script, "PAGE", page)
    monkeypatch.setattr("sys.argv", ["feature_docs.py", "--check"])
    assert script.main() == 1
    assert "stale" in capsys.readouterr().out
    monkeypatch.setattr("sys.argv", ["feature_docs.py"])
    script.main()
    monkeypatch.setattr("sys.argv", ["feature_docs.py", "--check"])
    assert script.main() == 0
