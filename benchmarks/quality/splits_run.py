"""Every method on every split: what it says of the rows that are judged, and what that took."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np

from benchmarks.quality.clock import Seconds, timed
from benchmarks.quality.peers import Method, Told, ask
from benchmarks.quality.problems import Split
from benchmarks.quality.store import Store


def measure(split: Split, methods: Sequence[Method], store: Store) -> None:
    """Run the methods that have not been run on this split yet."""
    at, problem = split.judged, split.problem
    truth = {} if problem.truth is None else {"truth": problem.truth[at]}
    fits, seed = len(split.folds), problem.settings.seed
    learned = sum(len(train) for train, _ in split.folds) / fits
    store.write(
        f"split.{split.key}",
        {"title": split.title, "fits": fits, "learned": round(learned), "seed": seed,
         "columns": len(problem.features)},
        {"y": problem.y[at], "lead": problem.lead[at].astype(str), **truth},
    )  # fmt: skip
    for method in methods:
        key = f"run.{split.key}.{method.name}"
        if store.has(key):
            continue
        about = {"split": split.key, "method": method.name, "note": method.note}
        if not method.is_there:
            store.write(key, about | {"why_not": f"{method.module} could not be installed"})
            continue
        try:
            told, seconds = _over_folds(split, method)
        except Exception as error:  # one that fails is told of on the page, and the others go on
            store.write(key, about | {"why_not": f"{type(error).__name__}: {error}"[:200]})
            continue
        took = {"cpu": seconds.cpu / fits, "wall": seconds.wall / fits}
        store.write(key, about | took | {"why_not": None}, told)
        print(
            f"bench: {split.key}, {method.name}: {seconds.wall:.0f} s", file=sys.stderr, flush=True
        )


def _over_folds(split: Split, method: Method) -> tuple[Told, Seconds]:
    told, cpu, wall = [], 0.0, 0.0
    for train, test in split.folds:
        some, others = split.problem.rows(train), split.problem.rows(test)
        found, seconds = timed(lambda some=some, others=others: ask(method, some, others))
        told.append(found)
        cpu, wall = cpu + seconds.cpu, wall + seconds.wall
    pooled = {name: np.concatenate([found[name] for found in told]) for name in told[0]}
    return pooled, Seconds(cpu, wall)
