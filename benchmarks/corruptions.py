"""Every file of a bundle and of issued scores, damaged in five ways: refused before use, or the proof fails.

``python -m benchmarks.corruptions``; exit code 1 if a single damage is accepted, ends in another error
than one clear line, lets LightGBM see damaged text, or kills the process that reads.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.registry_kills import small
from benchmarks.scored_worlds import ROOT, trained_world
from leadscore.adapters.bundle import read_bundle
from leadscore.adapters.issued import read_partition
from leadscore.domain.errors import LeadscoreError
from leadscore.stages import score

N_OF_EACH = 1_000
N_LEADS = 600
ZEROED_BYTES = 64
NONE = "undamaged"
AT_ONCE = 250  # damages that one process looks at


@dataclass(frozen=True)
class Damage:
    """One damage: its number, kind, and the file it is done to (below the project)."""

    number: int
    kind: str
    file: str


def flipped(content: bytes, chance: random.Random, _others: list[bytes]) -> bytes:
    """Return the bytes with one bit turned."""
    at = chance.randrange(len(content))
    return content[:at] + bytes([content[at] ^ 1 << chance.randrange(8)]) + content[at + 1 :]


def truncated(content: bytes, chance: random.Random, _others: list[bytes]) -> bytes:
    """Return the beginning of the bytes; it may be empty."""
    return content[: chance.randrange(len(content))]


def zeroed(content: bytes, chance: random.Random, _others: list[bytes]) -> bytes:
    """Return the bytes with a block of them set to zero."""
    at = chance.randrange(len(content))
    n = min(chance.randint(1, ZEROED_BYTES), len(content) - at)
    return content[:at] + b"\0" * n + content[at + n :]


def without_a_line(content: bytes, chance: random.Random, _others: list[bytes]) -> bytes:
    """Return the bytes without one of the lines they fall into."""
    lines = content.split(b"\n")
    del lines[chance.randrange(len(lines))]
    return b"\n".join(lines)


def swapped(_content: bytes, chance: random.Random, others: list[bytes]) -> bytes:
    """Return the bytes of another file."""
    return chance.choice(others)


KINDS: dict[str, Callable[[bytes, random.Random, list[bytes]], bytes]] = {
    "bit flip": flipped,
    "truncation": truncated,
    "zero block": zeroed,
    "dropped line": without_a_line,
    "swapped file": swapped,
}


def prepared(root: Path) -> None:
    """Train a bundle, and issue its scores twice: swapped files may come from the other night."""
    workspace = trained_world(root, n_leads=N_LEADS)
    until = workspace.observed_until()
    for moment in (until, until.normalize()):
        score.run(workspace, small(), as_of=moment)


def targets(root: Path) -> list[str]:
    """Return the files that are damaged: those of the bundle, and of the issued scores of one night."""
    night = sorted(root.glob("data/issued/as_of=*/run=*"))[-1]
    files = [*(root / "models/bundle").iterdir(), *night.iterdir()]
    return sorted(str(file.relative_to(root)) for file in files)


def damages(root: Path, *, n_of_each: int) -> list[Damage]:
    """Return every file undamaged, then `n_of_each` damages of each kind, spread evenly over the files."""
    files = targets(root)
    return [Damage(-1 - j, NONE, file) for j, file in enumerate(files)] + [
        Damage(i * n_of_each + j, kind, files[j % len(files)])
        for i, kind in enumerate(KINDS)
        for j in range(n_of_each)
    ]


def read_damaged(root: Path, damage: Damage, *, seed: int) -> str:
    """Damage a file, read what it belongs to as the night does, and mend it; return what came of it."""
    path = root / damage.file
    whole = path.read_bytes()
    path.write_bytes(_damaged(root, whole, damage, seed=seed))
    reading: Callable[[Path], Any] = read_bundle if "bundle" in damage.file else read_partition
    try:
        reading(path.parent)
    except LeadscoreError as error:
        line = str(error)
        is_clear = error.exit_code == 2 and "\n" not in line and str(path.parent) in line
        return f"refused: {error.code}" if is_clear and error.fix else f"unclear: {line}"
    except Exception as error:
        return f"bug: {error!r}"
    finally:
        path.write_bytes(whole)
    return "accepted"


def _damaged(root: Path, whole: bytes, damage: Damage, *, seed: int) -> bytes:
    """Return other bytes than the whole ones: a damage that changes none is drawn again."""
    chance = random.Random(f"{seed} {damage.number}")
    others = [
        other.read_bytes()
        for pattern in ("models/bundle/*", "data/issued/as_of=*/run=*/*")
        for other in sorted(root.glob(pattern))
    ]
    while damage.kind != NONE:
        found = KINDS[damage.kind](whole, chance, others)
        if found != whole:
            return found
    return whole


def look_at(root: Path, told: list[list[Any]], *, seed: int) -> None:
    """Read a batch of damages in this process; print a line of JSON for each."""
    import lightgbm

    parsed, booster = [], lightgbm.Booster.__init__

    def noted(self: Any, *arguments: Any, **named: Any) -> None:
        parsed.append(1)
        booster(self, *arguments, **named)

    lightgbm.Booster.__init__ = noted
    for number, kind, file in told:
        parsed.clear()
        outcome = read_damaged(root, Damage(number, kind, file), seed=seed)
        is_seen = parsed and kind != NONE
        print(json.dumps("parsed by LightGBM" if is_seen else outcome), flush=True)


def looked_at(home: Path, batch: list[Damage], *, seed: int) -> Iterator[tuple[Damage, str]]:
    """Look at damages in processes of their own; one that kills its process is told, and the next go on."""
    with tempfile.TemporaryDirectory(prefix="damaged") as place:
        root = Path(place) / "project"
        subprocess.run(["cp", "-r", str(home), str(root)], check=True)
        while batch:
            asked = json.dumps([[d.number, d.kind, d.file] for d in batch])
            done = subprocess.run(
                [sys.executable, "-m", "benchmarks.corruptions", "--at", str(root), "--seed", str(seed)],
                input=asked, capture_output=True, text=True, cwd=ROOT, env=os.environ, check=False,
            )  # fmt: skip
            outcomes = [json.loads(line) for line in done.stdout.splitlines()]
            yield from zip(batch, outcomes, strict=False)
            if len(outcomes) < len(batch):
                yield batch[len(outcomes)], f"crash: exit code {done.returncode}"
                subprocess.run(["cp", "-r", f"{home}/.", str(root)], check=True)
            batch = batch[len(outcomes) + 1 :]


def proven(
    home: Path, *, n_of_each: int, seed: int, processes: int
) -> Iterator[tuple[Damage, str]]:
    """Give every damage with what came of it."""
    every = damages(home, n_of_each=n_of_each)
    batches = [every[i : i + AT_ONCE] for i in range(0, len(every), AT_ONCE)]
    with ThreadPoolExecutor(processes) as pool:
        for found in pool.map(lambda batch: list(looked_at(home, batch, seed=seed)), batches):
            yield from found


def is_as_it_should(damage: Damage, outcome: str) -> bool:
    """Tell whether a damage was refused, and a whole file not."""
    return outcome == "accepted" if damage.kind == NONE else outcome.startswith("refused: ")


def main() -> int:
    """Print a table of kinds and outcomes; return 1 if a damage was not refused."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--each", type=int, default=N_OF_EACH, help="damages of each kind")
    arguments.add_argument("--seed", type=int, default=1)
    arguments.add_argument("--processes", type=int, default=1)
    arguments.add_argument(
        "--at", type=Path, help="read damages of this project from standard input"
    )
    asked = arguments.parse_args()
    if asked.at is not None:
        look_at(asked.at, json.load(sys.stdin), seed=asked.seed)
        return 0
    with tempfile.TemporaryDirectory(prefix="corruptions") as place:
        prepared(Path(place))
        found = list(
            proven(Path(place), n_of_each=asked.each, seed=asked.seed, processes=asked.processes)
        )
    for (kind, outcome), n in sorted(Counter((d.kind, o) for d, o in found).items()):
        print(f"{kind:14} {n:6,} {outcome}")
    bad = [(d, o) for d, o in found if not is_as_it_should(d, o)]
    for damage, outcome in bad[:20]:
        print(f"NOT AS IT SHOULD {damage}: {outcome}")
    n_files = len({d.file for d, _ in found})
    found = [(d, o) for d, o in found if d.kind != NONE]
    print(
        f"{len(found):,} damages of {n_files} files: {len(found) - len(bad):,} refused, {len(bad)} not"
    )
    return int(bool(bad))


if __name__ == "__main__":
    raise SystemExit(main())
