"""The demo: a simulated CRM, the whole pipeline, one MLflow run, and a screen that says where things stand."""

from __future__ import annotations

import shlex
import subprocess
import sys
import time
from pathlib import Path

from leadscore.adapters.retraining import reproduce

ROOT = Path(__file__).resolve().parents[1]
LEADSCORE = Path(sys.executable).with_name("leadscore")


GATES_SAY_NO = 4


def step(title: str, *arguments: str, may_end_with: int = 0) -> int:
    """Run one verb of the command line, say what it is and how long it took; return its exit code."""
    print(f"\n── {title}  (leadscore {shlex.join(arguments)})", flush=True)
    start = time.monotonic()
    done = subprocess.run([LEADSCORE, *arguments], cwd=ROOT, check=False)
    if done.returncode not in (0, may_end_with):
        raise SystemExit(done.returncode)
    print(f"   {time.monotonic() - start:.0f} s", flush=True)
    return done.returncode


def promote() -> None:
    """Promote what was trained, if nobody is champion yet and the gates let it; then score again."""
    if (ROOT / "config/champions/demo.yaml").exists():
        print("\n── who scores was decided in an earlier run (leadscore versions shows it)")
        return
    reason = ("--by", "demo", "--reason", "the demo promotes what passed its gates")
    title = "in life a named person decides this: the model becomes champion"
    if step(title, "promote", *reason, may_end_with=GATES_SAY_NO) == GATES_SAY_NO:
        print("   not promoted: the grid goes on scoring")
        return
    print("\n── the champion scores  (dvc repro score)", flush=True)
    reproduce(ROOT, "score")


def main() -> None:
    """Run the demo; a second run only does what has changed."""
    if (ROOT / "data/truth/truth.parquet").exists() and (ROOT / "data/raw/demo/leads.csv").exists():
        print(
            "── the simulated CRM of an earlier run is still in data/raw/demo (make clean removes it)"
        )
    else:
        step("a simulated B2B CRM: two and a half years, 20,000 leads", "simulate")
    step("the pipeline, and one MLflow run", "retrain")
    promote()
    step("where things stand", "show")


if __name__ == "__main__":
    main()
