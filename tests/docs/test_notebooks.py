"""Notebooks run as they stand, keep no outputs, and end where their findings belong."""

import sys
from pathlib import Path

import jupytext
import nbclient
import pytest

from tests.architecture.house import ROOT, SOURCE, imports, modules, plant

FOLDER = ROOT / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.py"))
PATIENCE = 600  # seconds a cell: no slow machine reaches it, a cell that hangs does


def executed(path, *, home, monkeypatch):
    """Run a percent script in a kernel of this interpreter; return the notebook with its outputs."""
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(home / name.lower()))
    notebook = jupytext.read(path)
    nbclient.NotebookClient(
        notebook,
        timeout=PATIENCE,
        kernel_name="python3",
        resources={"metadata": {"path": path.parent}},
    ).execute()
    return notebook


def outputs(notebook):
    return [out for cell in notebook.cells for out in cell.get("outputs", [])]


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_runs(path, tmp_path, monkeypatch):
    notebook = executed(path, home=tmp_path, monkeypatch=monkeypatch)
    assert not [out for out in outputs(notebook) if out["output_type"] == "error"]
    shown = {kind for out in outputs(notebook) for kind in out.get("data", {})}
    assert "image/png" in shown, "no chart is shown"


def test_a_kernel_is_of_this_interpreter(tmp_path, monkeypatch):
    script = plant(tmp_path, {"where.py": "# %%\nimport sys\nprint(sys.executable)"}) / "where.py"
    (said,) = outputs(executed(script, home=tmp_path, monkeypatch=monkeypatch))
    assert Path(said["text"].strip()) == Path(sys.executable)


def test_a_notebook_that_fails_is_seen(tmp_path, monkeypatch):
    script = plant(tmp_path, {"broken.py": "# %%\nraise ValueError('no leads')"}) / "broken.py"
    with pytest.raises(nbclient.exceptions.CellExecutionError, match="no leads"):
        executed(script, home=tmp_path, monkeypatch=monkeypatch)


@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_a_notebook_ends_with_a_link_to_what_was_learned(path):
    last = jupytext.read(path).cells[-1]
    assert last.cell_type == "markdown"
    assert "](../docs/experiments.md)" in last.source or "](../src/leadscore/" in last.source


def test_notebooks_are_scripts_without_outputs():
    others = [path.name for path in FOLDER.iterdir() if path.suffix != ".py" and path.is_file()]
    assert NOTEBOOKS
    assert others == []


def test_nothing_imports_from_a_notebook():
    assert [m.name for m in modules(SOURCE) for name in imports(m) if "notebooks" in name] == []
