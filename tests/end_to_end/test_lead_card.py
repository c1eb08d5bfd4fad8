"""A lead's card in a browser: offline, at every width, in both schemes, for the ear, and on paper."""

import pytest

from leadscore.review.language import language_named
from leadscore.review.lead_page import render
from tests.browser import chromium, opened
from tests.fakes import settings
from tests.leads_told import history, lead_told, standing

pytestmark = pytest.mark.xdist_group("browser")
LONG = "A" * 200
LEAST_CONTRAST = 4.5  # WCAG 2.2, 1.4.3: text against what lies behind it
CONTRASTS = """() => {
  const bytes = colour => colour.match(/[\\d.]+/g).map(Number);
  const light = colour => {
    const [r, g, b] = bytes(colour).map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4);
    return .2126 * r + .7152 * g + .0722 * b;
  };
  const behind = node => {
    for (; node; node = node.parentElement) {
      const [, , , opaque = 1] = bytes(getComputedStyle(node).backgroundColor);
      if (opaque > 0) return getComputedStyle(node).backgroundColor;
    }
    return "rgb(255, 255, 255)";
  };
  const own = node => [...node.childNodes].some(part => part.nodeType === 3 && part.data.trim());
  return [...document.body.querySelectorAll("*")].filter(own).map(node => {
    const style = getComputedStyle(node);
    const [one, other] = [light(node.closest("svg") ? style.fill : style.color), light(behind(node))];
    return [node.textContent.trim().slice(0, 30), (Math.max(one, other) + .05) / (Math.min(one, other) + .05)];
  });
}"""


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture(scope="module", params=["en", "fr"])
def card(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("card") / "card.html"
    told = lead_told(history=history(*(50.0 + i for i in range(30))))
    path.write_text(render(told, settings(), language_named(request.param)), "utf-8")
    return path


@pytest.mark.parametrize("width", [320, 390, 768, 1100])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_its_width_and_is_legible(browser, card, width, scheme):
    size = {"width": width, "height": 800}
    with opened(browser, card, viewport=size, color_scheme=scheme) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        poor = [pair for pair in page.evaluate(CONTRASTS) if pair[1] < LEAST_CONTRAST]
        assert poor == []


def test_even_a_word_without_end_does_not_widen_it(browser, tmp_path):
    path = tmp_path / "card.html"
    told = lead_told(lead_id=LONG, notes=(LONG,), labels={"channel": LONG}, standing=standing())
    path.write_text(render(told, settings()), "utf-8")
    with opened(browser, path, viewport={"width": 390, "height": 800}) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_it_can_be_heard_and_reached_by_keyboard(browser, card):
    with opened(browser, card, viewport={"width": 390, "height": 800}) as page:
        picture = page.get_by_role("img")
        assert picture.count() == 1
        assert "30" in picture.get_attribute("aria-label")
        assert page.locator("h1").count() == 1
        assert page.get_by_role("list").count() >= 5
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.tagName") == "SUMMARY"
        page.keyboard.press("Enter")
        assert page.locator("details table tbody tr").count() == 30
        assert page.locator("details table").is_visible()


def test_on_paper_it_is_light_and_one_or_two_pages(browser, card):
    with opened(browser, card, color_scheme="dark") as page:
        pages = page.pdf(prefer_css_page_size=True).count(b"/Type /Page\n")
        page.emulate_media(media="print", color_scheme="dark")
        assert (
            page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        )
        assert 1 <= pages <= 2
