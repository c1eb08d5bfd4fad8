"""The sliders of the report in a browser: every figure is Python's, offline, for hand and keyboard."""

import numpy as np
import pytest

from leadscore.domain.settings import Thresholds
from leadscore.review.effect import expected_effect, migration
from leadscore.review.evidence import Evidence
from leadscore.review.language import language_named
from leadscore.review.report import render
from leadscore.review.what_if import tabulated
from leadscore.review.words import number, percent
from tests.browser import chromium, opened
from tests.fakes import settings
from tests.reports import AT, REVIEW, SETTINGS, looked_at_again, with_what_if

pytestmark = pytest.mark.xdist_group("browser")
IN_FORCE, PROPOSED = Thresholds(hot=60.0, warm=30.0), (77, 50)
REPLAYED = ("hot", "warm", "caught_hot", "caught_warm", "call_profit", "nurture_profit")
COLUMNS = ("in_force", "considered", "difference")
TO_THE_CENT = 0.005
DEMO_LEADS, LARGEST_PAGE = 5_769, 1_600_000  # bytes: one attachment of a mail, and a second to read
READ = """() => Object.fromEntries([...document.querySelectorAll("#what-if tr[data-row]")].map(row => [
  row.dataset.row, Object.fromEntries([...row.querySelectorAll("[data-column]")].map(cell => [
    cell.dataset.column, [...["value", "low", "high"].map(name => cell.dataset[name]), cell.innerText]]))]))"""
MOVES = """() => [...document.querySelectorAll("#what-if td[data-n]")].map(c => [+c.dataset.n, +c.dataset.won])"""
SET = """([hot, warm]) => {
  const set = (name, value) => {
    const slider = document.getElementById("what-if-" + name);
    slider.value = value;
    slider.dispatchEvent(new Event("input"));
  };
  set("hot", 100); set("warm", warm); set("hot", hot);
}"""


def pairs():
    """Return forty pairs: the ends, in force, proposed, close and far ones."""
    drawn = np.random.default_rng(8).permuted(np.tile(np.arange(101), (34, 1)), axis=1)[:, :2]
    fixed = [(100, 0), (1, 0), (100, 99), (60, 30), PROPOSED, (61, 30)]
    return [*fixed, *((max(pair), min(pair)) for pair in drawn.tolist())]


@pytest.fixture(scope="module")
def browser():
    with chromium() as found:
        yield found


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Return a page of leads with dates, in a file."""
    path = tmp_path_factory.mktemp("page") / "report.html"
    path.write_text(render(with_what_if(looked_at_again(), in_force=IN_FORCE)), "utf-8")
    return path


def numbers(cell):
    return [float("nan") if text in (None, "undefined") else float(text) for text in cell[:3]]


def replayed(looks, at, *, in_force):
    """Return Python's figures, column by column, and its moves."""
    found = Evidence.from_table(looks, as_of=None, half_life_days=90.0)
    effects = expected_effect(
        found, SETTINGS, in_force=in_force, considered=at, n_resamples=REVIEW.bootstrap, seed=1
    )
    told = dict(zip(REPLAYED, effects, strict=True))
    more = tabulated(
        found, SETTINGS, in_force=in_force, start=at, considered=None, seed=1,
        n_resamples=REVIEW.bootstrap, min_leads=REVIEW.min_leads,
    ).effects(at)  # fmt: skip
    told |= {effect.what: effect for effect in more if effect.what not in told}
    return told, migration(found, in_force=in_force, considered=at)


@pytest.mark.parametrize(
    ("dated", "in_force"), [(True, IN_FORCE), (False, AT), (True, Thresholds(hot=62.5, warm=48.0))]
)
def test_every_figure_is_pythons_to_the_cent_for_forty_pairs(browser, tmp_path, dated, in_force):
    looks = looked_at_again(dated=dated)
    path = tmp_path / "report.html"
    path.write_text(render(with_what_if(looks, in_force=in_force)), "utf-8")
    with opened(browser, path) as page:
        cuts = page.evaluate(
            "() => JSON.parse(document.getElementById('what-if-sums').textContent).cuts"
        )
        for hot, warm in pairs():
            page.evaluate(SET, [cuts.index(hot), cuts.index(warm)])
            effects, moves = replayed(
                looks, Thresholds(hot=float(hot), warm=float(warm)), in_force=in_force
            )
            shown = page.evaluate(READ)
            assert set(shown) == set(effects)
            for name, effect in effects.items():
                for column in COLUMNS:
                    figure = getattr(effect, column)
                    expected = [figure.value, figure.low, figure.high]
                    assert numbers(shown[name][column]) == pytest.approx(
                        expected, rel=1e-9, abs=TO_THE_CENT, nan_ok=True
                    ), (hot, warm, name, column)
            assert page.evaluate(MOVES) == [[move.n, move.n_won] for move in moves]


def test_numbers_are_written_as_in_the_static_table(browser, written):
    """Text for text: leads with one decimal, money in whole euros, shares in percent."""
    looks = looked_at_again()
    with opened(browser, written) as page:
        for hot, warm in pairs()[:12]:
            page.evaluate(SET, [hot, warm])
            effects, _ = replayed(
                looks, Thresholds(hot=float(hot), warm=float(warm)), in_force=IN_FORCE
            )
            shown = page.evaluate(READ)
            for name, effect in effects.items():
                unit, value = effect.unit, effect.considered.value
                text = percent(value) if unit.startswith("share") else number(
                    value, "{:,.0f}" if unit.startswith("EUR") else "{:,.1f}"
                )  # fmt: skip
                assert shown[name]["considered"][3].split("\n")[0] == text


def test_page_of_the_demos_size_asks_for_nothing_is_small_and_its_sliders_answer(browser, tmp_path):
    """As many leads and resamples as in the demo; `opened` fails on any request but that for the page itself."""
    path = tmp_path / "report.html"
    looks = looked_at_again(DEMO_LEADS)
    path.write_text(
        render(with_what_if(looks, in_force=IN_FORCE, review=settings().review)), "utf-8"
    )
    assert path.stat().st_size < LARGEST_PAGE
    with opened(browser, path) as page:
        page.locator("#what-if-hot").wait_for(state="visible")
        page.evaluate(SET, [70, 40])
        assert (place(page, "hot"), place(page, "warm")) == (70, 40)
        for button in page.locator("#what-if button[data-pair]").all():
            button.click()
        page.locator("figure[data-chart] svg").last.wait_for()
        sent = "() => performance.getEntriesByType('resource').filter(e => !e.name.startsWith('data:'))"
        assert page.evaluate(sent) == []


def place(page, name):
    return int(page.locator(f"#what-if-{name}").input_value())


def test_page_starts_as_proposed_and_buttons_bring_it_back(browser, written):
    with opened(browser, written) as page:
        assert (place(page, "hot"), place(page, "warm")) == PROPOSED
        page.get_by_role("button", name="In force").click()
        assert (place(page, "hot"), place(page, "warm")) == (60, 30)
        assert "thresholds in force" in page.get_by_role("status").inner_text()
        page.get_by_role("button", name="Proposed").click()
        assert (place(page, "hot"), place(page, "warm")) == PROPOSED
        assert page.get_by_role("button", name="Proposed").get_attribute("aria-pressed") == "true"
        assert "Against those in force: calling the hot" in (
            page.get_by_role("status").inner_text()
        )


def test_without_a_change_the_page_starts_in_force(browser, tmp_path):
    path = tmp_path / "report.html"
    in_force = Thresholds(hot=78.0, warm=48.0)
    path.write_text(render(with_what_if(looked_at_again(), in_force=in_force)), "utf-8")
    with opened(browser, path) as page:
        assert (place(page, "hot"), place(page, "warm")) == (78, 48)
        page.get_by_role("button", name="Best by the evidence").click()
        assert (place(page, "hot"), place(page, "warm")) == (77, 52)


def test_keyboard_moves_a_slider_and_says_where_it_is(browser, written):
    with opened(browser, written) as page:
        page.get_by_role("button", name="In force").click()
        slider = page.get_by_label("Hot from this score on")
        slider.focus()
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowRight")
        page.keyboard.press("ArrowLeft")
        assert place(page, "hot") == 60 + 1
        leads = page.evaluate(READ)["hot"]["considered"][3].split("\n")[0]
        said = slider.get_attribute("aria-valuetext")
        assert said == f"hot from 61 points: {leads} leads a week"
        assert page.locator("#what-if h3").first.inner_text() == (
            "Hot from 61, warm from 30 points"
        )


@pytest.mark.parametrize(
    ("name", "key", "end"), [("hot", "Home", (31, 30)), ("warm", "End", (60, 59))]
)
def test_hot_stays_above_warm_by_keyboard(browser, written, name, key, end):
    with opened(browser, written) as page:
        page.get_by_role("button", name="In force").click()
        page.locator(f"#what-if-{name}").press(key)
        page.locator(f"#what-if-{name}").press(
            {"Home": "ArrowLeft", "End": "ArrowRight"}[key]
        )  # fmt: skip
        assert (place(page, "hot"), place(page, "warm")) == end


def test_hot_stays_above_warm_by_mouse_and_the_picture_follows(browser, written):
    with opened(browser, written, viewport={"width": 1400, "height": 900}) as page:
        page.get_by_role("button", name="In force").click()
        slider = page.locator("#what-if-hot")
        slider.scroll_into_view_if_needed()
        box = slider.bounding_box()
        across = box["width"] - 16  # the thumb's middle runs from 8 px to 8 px before the end
        y = box["y"] + box["height"] / 2
        page.mouse.move(box["x"] + 8 + 0.6 * across, y)
        page.mouse.down()
        page.mouse.move(box["x"] + 8 + 0.8 * across, y, steps=5)
        assert abs(place(page, "hot") - 80) <= 1
        line = page.locator("[data-part='hot-line']")
        assert line.evaluate("line => line.style.left") == f"{place(page, 'hot')}%"
        page.mouse.move(box["x"], y, steps=10)
        page.mouse.up()
        assert (place(page, "hot"), place(page, "warm")) == (31, 30)
        assert page.locator("#what-if rect.hot").count() == 101 - 31


@pytest.mark.parametrize("width", [390, 1400])
def test_page_is_no_wider_than_the_screen(browser, written, width):
    with opened(browser, written, viewport={"width": width, "height": 900}) as page:
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_without_scripts_the_static_tables_stay_and_the_sliders_do_not_show(browser, written):
    with opened(browser, written, java_script_enabled=False) as page:
        assert not page.locator("#what-if").is_visible()
        assert page.get_by_text("Other thresholds can be tried here where scripts run").is_visible()
        assert page.get_by_text("What the proposal would mean").is_visible()


def test_print_tells_the_position_chosen_without_the_sliders(browser, written):
    with opened(browser, written) as page:
        page.evaluate(SET, [88, 33])
        page.emulate_media(media="print")
        assert page.get_by_text("Hot from 88, warm from 33 points").is_visible()
        assert not page.locator("#what-if-hot").is_visible()
        assert page.locator("#what-if [data-row='hot'] td").nth(1).is_visible()


def test_in_french_the_figures_are_the_same_and_the_words_french(browser, written, tmp_path):
    path = tmp_path / "report.html"
    inputs = with_what_if(looked_at_again(), in_force=IN_FORCE)
    path.write_text(render(inputs, language_named("fr")), "utf-8")
    shown = []
    for each in (written, path):
        with opened(browser, each) as page:
            page.evaluate(SET, [88, 33])
            shown.append(page.evaluate(READ))
            said, slider = (
                page.get_by_role("status").inner_text(), page.locator("#what-if-hot")
            )  # fmt: skip
            heard = slider.get_attribute("aria-valuetext")
    assert {k: {c: v[:3] for c, v in row.items()} for k, row in shown[0].items()} == (
        {k: {c: v[:3] for c, v in row.items()} for k, row in shown[1].items()}
    )
    assert "%" in shown[1]["precision"]["in_force"][3]
    assert "." not in shown[1]["precision"]["in_force"][3]
    for words in (
        "prospects chauds",
        "Par rapport aux seuils en vigueur",
        "\N{NO-BREAK SPACE}€ par semaine",
    ):
        assert words in said
    assert heard.startswith("chaud à partir de 88 points")
    assert not {"hot", "warm", "leads", "won"} & set(said.replace(",", " ").split())


def test_on_paper_a_dark_screen_prints_light_and_nothing_asks_for_a_hand(browser, written):
    with opened(browser, written, color_scheme="dark") as page:
        page.emulate_media(media="print", color_scheme="dark")
        paper = "getComputedStyle(document.body).backgroundColor"
        assert page.evaluate(paper) == "rgb(255, 255, 255)"
        assert not page.get_by_text("Move the two sliders").is_visible()
        page.emulate_media(media="screen", color_scheme="dark")
        assert page.evaluate(paper) != "rgb(255, 255, 255)"


def test_on_paper_pictures_are_drawn_for_their_place_and_afterwards_as_before(browser, written):
    width = "document.querySelector('[data-chart=gain] svg').getAttribute('width')"
    with opened(browser, written, viewport={"width": 1400, "height": 900}) as page:
        page.wait_for_selector("[data-chart=gain] svg")
        on_screen = page.evaluate(width)
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        assert page.evaluate(width) == "420"
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert page.evaluate(width) == on_screen
