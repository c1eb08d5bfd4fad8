"""A real MLflow server on loopback, in a process group of its own: started, killed, hung, started again."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

WAIT_SECONDS = 120
_FIRST = "api/2.0/mlflow/experiments/get-by-name?experiment_name=Default"
QUIET = {
    "MLFLOW_DISABLE_TELEMETRY": "true",
    "MLFLOW_DISABLE_AGENT_HINTS": "true",
    "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",  # no jobs run here; their workers cost seconds
    "GIT_PYTHON_REFRESH": "quiet",
}


def free_port() -> int:
    """Return a port of loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@dataclass
class Server:
    """An MLflow server at one address over its lives; `backend` is the database's address."""

    home: Path
    backend: str
    port: int = field(default_factory=free_port)
    process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        """The address a client uses."""
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        mlflow = Path(sys.executable).with_name("mlflow")
        command = [
            mlflow, "server", "--backend-store-uri", self.backend,
            "--artifacts-destination", str(self.home / "artifacts"),
            "--host", "127.0.0.1", "--port", str(self.port), "--workers", "1",
        ]  # fmt: skip
        with (self.home / "server.log").open("ab") as log:
            self.process = subprocess.Popen(
                command, cwd=self.home, stdout=log, stderr=log, env=os.environ | QUIET,
                start_new_session=True,
            )  # fmt: skip
        self._wait()

    def _wait(self) -> None:
        until = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < until:
            if self.process is None or self.process.poll() is not None:
                break
            try:
                # The first question opens the database, which takes a loaded machine many seconds.
                with urllib.request.urlopen(f"{self.uri}/{_FIRST}", timeout=60) as answer:
                    if answer.status == 200:
                        return
            except (urllib.error.URLError, OSError):
                time.sleep(0.2)
        log = (self.home / "server.log").read_text("utf-8", "replace")
        raise RuntimeError(f"the MLflow server did not start: {log[-2000:]}")

    def hang(self) -> None:
        """Let it hold its connections and answer nothing."""
        self._signal(signal.SIGSTOP)

    def go_on(self) -> None:
        """Let a hung server answer again."""
        self._signal(signal.SIGCONT)

    def kill(self) -> None:
        """Kill the whole group at once, without a word to its clients."""
        if self.process is not None:
            self._signal(signal.SIGKILL)
            self.process.wait(30)
            self.process = None

    def _signal(self, number: int) -> None:
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, number)


@contextmanager
def running(home: Path, backend: str | None = None) -> Iterator[Server]:
    """Give a server on SQLite below `home`, or on another database; it is killed at the end."""
    home.mkdir(parents=True, exist_ok=True)
    server = Server(home, backend or f"sqlite:///{home / 'mlflow.db'}")
    try:
        server.start()
        yield server
    finally:
        server.kill()
