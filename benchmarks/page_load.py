"""How long the report takes from navigation to sliders that answer: three loads in a fresh Chromium, the median.

``.venv/bin/python -m benchmarks.page_load reports/review/report.html``
"""

from __future__ import annotations

import statistics
import sys
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser

from tests.browser import chromium

N_LOADS = 3
_READY = """() => {
  const slider = document.getElementById("what-if-hot");
  slider.dispatchEvent(new Event("input"));
  return [performance.getEntriesByType("navigation")[0].domInteractive, performance.now()];
}"""


@dataclass(frozen=True)
class Loaded:
    """One load: milliseconds until the page was parsed and its sliders shown, and until one had answered."""

    shown: float
    answered: float


def loads(browser: Browser, path: Path, n: int = N_LOADS) -> list[Loaded]:
    """Return `n` loads of a page, each in a context of its own, so that nothing is kept between them."""
    found = []
    for _ in range(n):
        context = browser.new_context()
        page = context.new_page()
        page.goto(path.absolute().as_uri(), wait_until="domcontentloaded")
        page.locator("#what-if-hot").wait_for(state="visible")
        found.append(Loaded(*page.evaluate(_READY)))
        context.close()
    return found


def main(path: Path) -> None:
    """Measure one page and print its size and the medians."""
    with chromium() as browser:
        found = loads(browser, path)
    shown, answered = (
        statistics.median(getattr(each, name) for each in found) for name in ("shown", "answered")
    )
    print(
        f"{path}: {path.stat().st_size / 1e6:.2f} MB; sliders shown after {shown:.0f} ms, a moved one "
        f"answered by {answered:.0f} ms (median of {len(found)} loads)"
    )


if __name__ == "__main__":
    main(Path(sys.argv[1]))
