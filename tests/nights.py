"""A project that is ready to be scored, the command line in a process of its own, and a process that holds the lock."""

import os
import shutil
import subprocess
import sys
from contextlib import contextmanager

from benchmarks.scored_worlds import trained_world
from tests.fakes import ROOT

COMMAND = (sys.executable, "-c", "from leadscore.cli import main; main()")
LIMIT_SECONDS = 300
HOLD = """
import sys, time
from pathlib import Path
from leadscore.adapters.locking import scoring_alone
from leadscore.domain.errors import LeadscoreError
for line in sys.stdin:
    try:
        with scoring_alone(Path(line.strip()), "demo"):
            print("held", flush=True)
            sys.stdin.readline()
    except LeadscoreError as error:
        print(error.exit_code, error, flush=True)
"""


def ready(root, *, n_leads=600):
    """Return a trained project of some hundred leads that nothing was issued in."""
    trained_world(root, n_leads=n_leads)
    for name in ("data/snapshots", "data/truth", "data/raw", "models/evidence"):
        shutil.rmtree(root / name)
    return root


def arguments_of(root, *more):
    return ("--root", str(root), "--config", str(ROOT), "score", *more)


def night(root, *more, before=(), stdout=subprocess.PIPE, **environment):
    """Score in a new process; return how it ended. `before` are words before the command."""
    return subprocess.run(
        [*before, *COMMAND, *arguments_of(root, *more)],
        env=os.environ | environment, stdout=stdout, stderr=subprocess.PIPE, text=True,
        check=False, timeout=LIMIT_SECONDS,
    )  # fmt: skip


def content_of(root):
    """Return the bytes of every file below the issued and the shadow scores, hidden ones too."""
    return {
        str(path.relative_to(root)): path.read_bytes()
        for name in ("issued", "shadow")
        for path in sorted((root / "data" / name).rglob("*"))
        if path.is_file()
    }


@contextmanager
def holders(n):
    """Give processes that take a project's lock when its path is written to them, and tell what came of it."""
    started = [
        subprocess.Popen([sys.executable, "-c", HOLD], stdin=subprocess.PIPE,
                         stdout=subprocess.PIPE, text=True)
        for _ in range(n)
    ]  # fmt: skip
    try:
        yield started
    finally:
        for process in started:
            process.kill()
            process.communicate()


def asked(process, root):
    """Let a holder take the lock; return what it says."""
    process.stdin.write(f"{root}\n")
    process.stdin.flush()
    return process.stdout.readline().strip()
