"""What may stand in one room only, or nowhere: engines, the net, pickles, clocks, chance, the disk."""

import re

import pytest

from tests.architecture.house import PURE_FLOORS, SOURCE, imports, modules, names, plant

NOWHERE = ()
ROOMS = {
    "mlflow": ("adapters.tracking", "adapters.mlflow_entry"),  # others ask through these
    "optuna": ("adapters.search.study",),
    "lightgbm": ("scoring.model",),
    "shap": ("scoring.reasoning",),
    "duckdb": ("adapters",),
    "yaml": ("adapters.config.yaml_strict", "adapters.bundle"),
    **dict.fromkeys(
        ("httpx", "requests", "aiohttp", "urllib", "urllib3", "http", "socket", "ssl", "smtplib"),
        ("delivery.crm",),
    ),
    **dict.fromkeys(
        ("pickle", "cPickle", "cloudpickle", "dill", "joblib", "marshal", "shelve", "importlib.import_module"),
        NOWHERE,
    ),
}  # fmt: skip
RUNS_TEXT = re.compile(
    r"^(eval|exec|compile|__import__)$|(^|\.)(read_pickle|to_pickle|import_module)$"
)

# In the pure floors: modules that tell the time or draw by themselves, and names that do so.
BY_THEMSELVES = ("time", "random", "secrets", "uuid")
CLOCK = re.compile(r"\.(now|utcnow|today)$")
GLOBAL_CHANCE = re.compile(r"(^|\.)random\.(?!(default_rng|Generator|SeedSequence|PCG64)$)\w+$")
DISK = re.compile(
    r"^open$|\.(open|read_text|read_bytes|write_text|write_bytes|mkdir|unlink|touch|iterdir|rglob|"
    r"read_csv|read_parquet|to_parquet|read_json|read_excel|to_excel|read_sql|to_sql|tofile|fromfile|savetxt)$"
)


def strangers(package):
    """Return every import of a library outside its room, and every name that runs a text."""
    faults = []
    for module in modules(package):
        for name in sorted(imports(module)):
            homes = [
                rooms for library, rooms in ROOMS.items() if f"{name}.".startswith(f"{library}.")
            ]
            faults += [
                f"{module.name} imports {name}" for rooms in homes if not module.is_in(*rooms)
            ]
        faults += [
            f"{module.name} uses {name}" for _, name in names(module) if RUNS_TEXT.search(name)
        ]
    return faults  # fmt: skip


def impurities(package):
    """Return every clock, global chance and touch of the disk in the pure floors and the doors."""
    faults = []
    for module in modules(package):
        if not module.is_in(*PURE_FLOORS, "stages"):
            continue
        own = [n for n in imports(module) if n.split(".")[0] in BY_THEMSELVES]
        used = [
            name
            for _, name in names(module)
            if any(pattern.search(name) for pattern in (CLOCK, GLOBAL_CHANCE, DISK))
        ]
        faults += [f"{module.name}: {name}" for name in sorted({*own, *used})]
    return faults


def test_every_library_stays_in_its_room():
    said = strangers(SOURCE)
    assert not said, "\n".join(said)


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("history/labels.py", "import mlflow"),
        ("adapters/catalog.py", "from mlflow.tracking import MlflowClient"),
        ("scoring/explain.py", "import lightgbm as lgb"),
        ("scoring/model.py", "import shap"),
        ("history/log.py", "import duckdb"),
        ("adapters/config/params.py", "import yaml"),
        ("adapters/ingest/reading.py", "from urllib.request import urlopen"),
        ("adapters/tracking.py", "import http.client"),
        ("adapters/bundle.py", "import pickle"),
        ("scoring/model.py", "def load():\n    from joblib import load"),
        ("domain/rules.py", "value = eval('1 + 1')"),
        ("adapters/files.py", "table = pd.read_pickle('table.pkl')"),
        ("adapters/files.py", "from importlib import import_module"),
    ],
)
def test_a_planted_stranger_is_named(tmp_path, file, line):
    faults = strangers(plant(tmp_path, {file: line}))
    assert faults
    assert all(fault.startswith(file.removesuffix(".py").replace("/", ".")) for fault in faults)


def test_pure_floors_have_no_clock_no_global_chance_and_no_disk():
    said = impurities(SOURCE)
    assert not said, "\n".join(said)


@pytest.mark.parametrize(
    "line",
    [
        "import time",
        "from random import shuffle",
        "import pandas as pd\nmoment = pd.Timestamp.now(tz='UTC')",
        "from datetime import datetime\nmoment = datetime.now",
        "from datetime import date\nday = date.today()",
        "import numpy as np\nnp.random.seed(1)",
        "import numpy as np\ndraw = np.random.normal(size=3)",
        "text = open('leads.csv').read()",
        "import pandas as pd\nleads = pd.read_parquet('leads.parquet')",
    ],
)
def test_a_planted_impurity_is_named(tmp_path, line):
    package = plant(tmp_path, {"scoring/scale.py": line, "adapters/files.py": line})
    faults = impurities(package)
    assert len(faults) == 1
    assert faults[0].startswith("scoring.scale: ")


def test_a_seeded_generator_and_a_given_moment_are_no_impurities(tmp_path):
    line = "import numpy as np\ndraw = np.random.default_rng(seed).normal()\nlast = as_of.date()"
    assert impurities(plant(tmp_path, {"review/cuts.py": line})) == []


def test_chance_is_never_drawn_without_a_seed():
    assert unseeded(SOURCE) == []


def test_a_generator_without_a_seed_is_named(tmp_path):
    package = plant(tmp_path, {"review/cuts.py": "draw = np.random.default_rng()"})
    assert unseeded(package) == ["review.cuts"]


def unseeded(package):
    """Return the modules that make a generator without a seed."""
    empty = re.compile(r"\bdefault_rng\(\s*(None)?\s*\)")
    return [m.name for m in modules(package) if empty.search(m.path.read_text("utf-8"))]
