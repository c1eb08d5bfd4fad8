"""A Chromium of the system, without a net, for pages that live by themselves."""

import contextlib
import shutil

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
)  # fmt: skip


@contextlib.contextmanager
def chromium():
    """Yield a browser; skip the test where none is installed."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if found is None:
        pytest.skip(f"no Chromium here (looked for {', '.join(NAMES)}): live pages are not tested")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(ARGUMENTS))
        try:
            yield browser
        finally:
            browser.close()


@contextlib.contextmanager
def opened(browser, path, **context):
    """Yield a page of a file; on leaving, fail on errors it told and on anything it asked for."""
    told, asked = [], []
    with contextlib.closing(browser.new_context(**context)) as fresh:
        page = fresh.new_page()
        page.on("console", lambda said: said.type == "error" and told.append(said.text))
        page.on("pageerror", lambda error: told.append(str(error)))
        page.on("request", lambda request: asked.append(request.url))
        page.goto(path.as_uri())
        yield page
        assert told == []
        assert [url for url in asked if not url.startswith("data:")] == [path.as_uri()]
