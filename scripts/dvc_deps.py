"""Write the code deps of every stage of dvc.yaml: the import closure of its door.

A floor whose modules are all imported is named as a folder, else file by file. `--check` only compares.
"""

from __future__ import annotations

import sys
from pathlib import Path

import grimp
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[1]
CODE = "src/leadscore/"
# What a module reads beside Python: part of its stage's code all the same.
READ_BY = {"leadscore.review.report": ROOT / CODE / "review/templates"}


def closure(stage: str) -> list[str]:
    """Return the paths a stage's door imports, directly or not, itself included."""
    graph = grimp.build_graph("leadscore", cache_dir=None, exclude_type_checking_imports=True)
    door = f"leadscore.stages.{stage}"
    used = {door} | graph.find_upstream_modules(door)
    used |= {package for module in used for package in _packages(module)}
    files = {_file(module) for module in used}
    folders = {path.parent for path in files if path.parent.parent == ROOT / CODE}
    whole = [folder for folder in folders if set(folder.rglob("*.py")) <= files]
    named = set(whole) | {path for path in files if path.parent not in whole}
    named |= {folder for module, folder in READ_BY.items() if module in used}
    return sorted(str(path.relative_to(ROOT)) for path in named)


def _packages(module: str) -> list[str]:
    parts = module.split(".")
    return [".".join(parts[:i]) for i in range(1, len(parts))]


def _file(module: str) -> Path:
    path = ROOT / "src" / Path(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def main() -> int:
    """Rewrite dvc.yaml, or with ``--check`` tell whether it is as it should be."""
    yaml = YAML()
    yaml.width = 120
    yaml.indent(mapping=2, sequence=4, offset=2)
    path = ROOT / "dvc.yaml"
    pipeline = yaml.load(path)
    stale = []
    for name, stage in pipeline["stages"].items():
        wanted = [dep for dep in stage["deps"] if not dep.startswith(CODE)] + closure(name)
        if list(stage["deps"]) != wanted:
            stale.append(name)
            stage["deps"][:] = wanted
    if "--check" in sys.argv:
        print("dvc.yaml: code deps of", ", ".join(stale) if stale else "all stages are exact")
        return int(bool(stale))
    yaml.dump(pipeline, path)
    print("dvc.yaml: rewrote", ", ".join(stale) or "nothing")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
