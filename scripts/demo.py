"""The demo: a simulated CRM, the whole pipeline, one MLflow run, and a screen that says where things stand."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
LEADSCORE = Path(sys.executable).with_name("leadscore")


def step(title: str, *arguments: str) -> None:
    """Run one verb of the command line, say what it is and how long it took."""
    print(f"\n── {title}  (leadscore {' '.join(arguments)})", flush=True)
    start = time.monotonic()
    done = subprocess.run([LEADSCORE, *arguments], cwd=ROOT, check=False)
    if done.returncode:
        raise SystemExit(done.returncode)
    print(f"   {time.monotonic() - start:.0f} s", flush=True)


def main() -> None:
    """Run the demo; a second run only does what has changed."""
    if (ROOT / "data/truth/truth.parquet").exists() and (ROOT / "data/raw/demo/leads.csv").exists():
        print(
            "── the simulated CRM of an earlier run is still in data/raw/demo (make clean removes it)"
        )
    else:
        step("a simulated B2B CRM: two and a half years, 20,000 leads", "simulate")
    step("the pipeline, and one MLflow run", "retrain")
    step("where things stand", "show")


if __name__ == "__main__":
    main()
