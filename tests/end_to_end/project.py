"""A project folder of its own, and the real command line run in it: in this process or in a new one."""

import contextlib
import hashlib
import io
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from leadscore import cli
from leadscore.adapters.crm_export import write_export
from leadscore.simulation.world import default_world
from tests.fakes import ROOT

QUICK = {
    "threads": "1",
    "every_days": "14",
    "max_rounds": "60",
    "patience": "10",
    "learning_rate": "0.2",
    "bootstrap": "100",
    "min_won": "5",
}
"""Keys of params.yaml that keep a pipeline on some hundred leads within seconds."""


@dataclass(frozen=True)
class Ended:
    """How a command ended: exit code, standard output, standard error."""

    code: int
    out: str
    err: str


def project(root, **values):
    """Copy the project's settings and configuration to `root`, with some keys of params.yaml changed."""
    root.mkdir(parents=True, exist_ok=True)
    signed = shutil.ignore_patterns("demo.yaml")  # a champion of a demo run here is none there
    shutil.copytree(ROOT / "config", root / "config")
    shutil.rmtree(root / "config/champions")
    shutil.copytree(ROOT / "config/champions", root / "config/champions", ignore=signed)
    shutil.copy(ROOT / "params.yaml", root)
    edit(root, **(QUICK | values))
    return root


def edit(root, **values):
    """Change keys of params.yaml in place, each by the one line that says it; comments stay."""
    path = root / "params.yaml"
    text = path.read_text("utf-8")
    for key, value in values.items():
        text, n = re.subn(rf"(?m)^( *{key}: )[^#\n]*?( *#|$)", rf"\g<1>{value}\g<2>", text)
        assert n == 1, f"{key} stands {n} times in params.yaml"
    path.write_text(text, "utf-8")


def line_of(key):
    """Return the line of params.yaml on which a key stands."""
    lines = (ROOT / "params.yaml").read_text("utf-8").splitlines()
    (line,) = [n for n, text in enumerate(lines, start=1) if text.strip().startswith(f"{key}:")]
    return line


def simulated(root, *, n_leads, seed=7):
    """Fill data/raw/demo with a simulated CRM export."""
    write_export(
        default_world(), root / "data/raw/demo", root / "data/truth", n_leads=n_leads, seed=seed
    )


def leadscore(root, *arguments):
    """Run a command line in this process, as `leadscore --root ROOT ...` would."""
    out, err = io.StringIO(), io.StringIO()
    with (
        mock.patch.object(sys, "argv", ["leadscore", "--root", str(root), *arguments]),
        contextlib.redirect_stdout(out),
        contextlib.redirect_stderr(err),
    ):
        try:
            cli.main()
        except SystemExit as ended:
            return Ended(int(ended.code or 0), out.getvalue(), err.getvalue())
    raise AssertionError("a command line always exits")


def leadscore_process(root, *arguments, max_file_bytes=None, **environment):
    """Run a command line in a new process whose working directory is the project.

    `max_file_bytes` is the size beyond which the system lets no file grow.
    """
    command = [str(Path(sys.executable).with_name("leadscore")), *arguments]
    if max_file_bytes is not None:
        limit = f"ulimit -f {max_file_bytes // 512}"  # POSIX counts blocks of 512 bytes
        command = ["sh", "-c", f'{limit} && exec "$@"', "sh", *command]
    done = subprocess.run(
        command,
        cwd=root,
        env=os.environ | environment,
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )
    return Ended(done.returncode, done.stdout, done.stderr)


def tree(root):
    """Return every file and folder below `root`, hidden ones too, with the hash of its bytes."""
    return {
        str(path.relative_to(root)): hashlib.sha256(path.read_bytes()).hexdigest()
        if path.is_file()
        else "folder"
        for path in sorted(root.rglob("*"))
    }
