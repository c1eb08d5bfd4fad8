"""Imports go down only, and never in a circle. The contracts stand in pyproject.toml."""

import graphlib
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import grimp
import pytest

from tests.architecture.house import ROOT, SOURCE, plant

CONTRACTS = {
    "imports go down only",
    "stages do not know each other",
    "grid and model are independent opinions",
    "the model does not know the grid",
    "pure floors touch no disk, no engine and no net",
}


def broken_contracts(place, *, config):
    """Return the names of the contracts that the package `leadscore` below `place` breaks."""
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache", "--no-logo", "--config", config],
        cwd=place, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert "Contracts:" in done.stdout, done.stdout + done.stderr
    lines = done.stdout.splitlines()
    return {line.removesuffix(" BROKEN") for line in lines if line.endswith(" BROKEN")}


def circle(package):
    """Return the modules of one import circle of an importable package, or an empty list."""
    graph = grimp.build_graph(package, cache_dir=None)
    below = {name: graph.find_modules_directly_imported_by(name) for name in graph.modules}
    try:
        graphlib.TopologicalSorter(below).prepare()
    except graphlib.CycleError as error:
        return list(error.args[1])
    return []


@pytest.fixture
def copied_house(tmp_path):
    """Return a copy of the source tree in which a test may plant a fault."""
    shutil.copytree(SOURCE, tmp_path / "leadscore", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


def test_every_contract_stands_in_pyproject():
    linter = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]
    assert {contract["name"] for contract in linter["contracts"]} >= CONTRACTS


def test_the_house_keeps_every_contract():
    assert broken_contracts(ROOT / "src", config=ROOT / "pyproject.toml") == set()


@pytest.mark.parametrize(
    ("file", "line", "contract"),
    [
        ("history/labels.py", "from leadscore.scoring import scale", "imports go down only"),
        ("simulation/rhythm.py", "from leadscore.review import rows", "imports go down only"),
        ("extension/__init__.py", "from leadscore.domain import errors", "imports go down only"),
        ("stages/train.py", "from leadscore.stages import ingest", "stages do not know each other"),
        ("scoring/grid.py", "from leadscore.scoring import model", "grid and model are independent opinions"),
        ("scoring/encoder.py", "from leadscore.scoring import grid", "the model does not know the grid"),
        ("history/labels.py", "import mlflow", "pure floors touch no disk, no engine and no net"),
    ],
)  # fmt: skip
def test_a_planted_import_breaks_its_contract(copied_house, file, line, contract):
    path = copied_house / "leadscore" / file
    path.parent.mkdir(exist_ok=True)
    before = path.read_text("utf-8") if path.exists() else ""
    path.write_text(f"{before}\n{line}\n", encoding="utf-8")
    assert contract in broken_contracts(copied_house, config=ROOT / "pyproject.toml")


def test_no_modules_import_each_other_in_a_circle():
    assert circle("leadscore") == []


def test_a_planted_circle_is_found_also_inside_a_function(tmp_path, monkeypatch):
    files = {
        "__init__.py": "",
        "odds.py": "from planted_circle import rates",
        "rates.py": "def rate():\n    from planted_circle import odds\n    return odds",
    }
    plant(tmp_path / "planted_circle", files)
    monkeypatch.syspath_prepend(tmp_path)
    assert set(circle("planted_circle")) == {"planted_circle.odds", "planted_circle.rates"}
