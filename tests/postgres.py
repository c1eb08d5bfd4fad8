"""A PostgreSQL server of the tests' own: made, started on loopback, stopped and swept away."""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

PASSWORD = "a;b@c:d/e%20"  # a password that could break any address
SAFE = "a%3Bb%40c%3Ad%2Fe%2520"


def folder_of_programs():
    """Return where initdb and postgres lie, or skip the test."""
    places = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    found = shutil.which("initdb")
    for place in (*places, *([Path(found).resolve().parent] if found else [])):
        if (place / "initdb").exists() and (place / "postgres").exists():
            return place
    pytest.skip("no PostgreSQL server on this machine (initdb, postgres)")


@contextmanager
def running_server():
    """Give the address of a new server with the user `leadscore`; root runs it as `postgres`."""
    programs = folder_of_programs()
    home = Path(tempfile.mkdtemp(prefix="pg"))
    who = {}
    if os.geteuid() == 0:
        who = {"user": "postgres", "group": "postgres", "extra_groups": []}
        shutil.chown(home, "postgres", "postgres")
    try:
        secret = home / "secret"
        secret.write_text(PASSWORD, encoding="utf-8")
        secret.chmod(0o644)
        how = ["--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync"]
        files = [f"--pgdata={home / 'db'}", f"--pwfile={secret}", "--username=leadscore"]
        made = subprocess.run(
            [programs / "initdb", *how, *files], cwd=home, capture_output=True, check=False, **who
        )
        assert made.returncode == 0, made.stderr.decode()
        port = free_port()
        with started(programs, home, port, who):
            yield f"postgresql://leadscore:{SAFE}@127.0.0.1:{port}/postgres"
    finally:
        shutil.rmtree(home, ignore_errors=True)


@contextmanager
def started(programs, home, port, who):
    """Run the server until the block ends."""
    where = ["-D", home / "db", "-k", home, "-h", "127.0.0.1", "-p", str(port), "-F"]
    with (home / "log").open("wb") as log:
        server = subprocess.Popen(
            [programs / "postgres", *where], cwd=home, stdout=log, stderr=log, **who
        )
    try:
        wait_for(port, server, home / "log")
        yield
    finally:
        server.send_signal(signal.SIGINT)  # without waiting for connections
        server.wait(30)


def wait_for(port, server, log):
    """Return once the server listens."""
    for _ in range(300):
        assert server.poll() is None, log.read_text("utf-8", "replace")
        if "ready to accept connections" in log.read_text("utf-8", "replace"):
            return
        time.sleep(0.1)
    raise AssertionError(f"port {port}: the server did not start in 30 seconds")


def free_port():
    """Return a port of loopback that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
