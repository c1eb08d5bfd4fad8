"""The source tree as the architecture tests read it: modules, imports, names. Nothing is executed."""

import ast
import functools
import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src/leadscore"
PURE_FLOORS = ("domain", "history", "metrics", "scoring", "delivery", "review", "simulation")


@dataclass(frozen=True)
class Module:
    """One file of a package: dotted name below the package (``history.labels``), path and syntax tree."""

    name: str
    path: Path
    tree: ast.Module

    def is_in(self, *places):
        return any(self.name == place or self.name.startswith(f"{place}.") for place in places)


@functools.cache
def modules(package):
    """Return every module of a package folder; a package's `__init__` has the package's name."""
    return tuple(
        Module(_dotted(path.relative_to(package)), path, ast.parse(path.read_text("utf-8")))
        for path in sorted(package.rglob("*.py"))
    )


def _dotted(path):
    parts = path.with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def imports(module):
    """Return dotted names a module imports anywhere in it: ``from a import b`` gives ``a.b``."""
    found = set()
    for node in ast.walk(module.tree):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def names(module):
    """Return (line, dotted name) of every name and attribute used: ``pd.Timestamp.now``."""
    return [
        (node.lineno, ast.unparse(node))
        for node in ast.walk(module.tree)
        if isinstance(node, ast.Name | ast.Attribute)
    ]


def functions(module):
    """Return every function and method of a module."""
    return [
        node
        for node in ast.walk(module.tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def plant(folder, files):
    """Write a small package tree ``{path: text}`` and return its folder."""
    for path, text in files.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
    return folder


def project_files(*patterns):
    """Return the files under version control or about to be, which a clone would show."""
    listed = ["git", "-c", "safe.directory=*", "ls-files", "-z", "--cached", "--others"]
    done = subprocess.run(
        [*listed, "--exclude-standard", "--", *patterns], cwd=ROOT, capture_output=True, check=False
    )
    if done.returncode:
        pytest.skip(
            "no git checkout: nobody knows which files belong to the project",
            allow_module_level=True,
        )
    return [
        ROOT / name for name in sorted(done.stdout.decode().split("\0")) if (ROOT / name).is_file()
    ]
