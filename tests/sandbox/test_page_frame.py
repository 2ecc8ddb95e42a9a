from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import httpx
import pytest
from playwright.async_api import Browser, expect

from bot.clock import MovableClock
from bot.sandbox import World, serve
from tests.browser import open_browser
from tests.sandbox.conftest import Stage
from tests.sandbox.page_steps import PHONE, WIDE, bubbles, button, chat, next_update, rows, visit

pytestmark = pytest.mark.browser

THUMB_PX = 44
BANNER = "Local simulator: nothing here reaches Telegram or any person."
DANGER = "If you are in danger yourself, call your emergency number now."


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with open_browser() as browser:
        yield browser


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
async def test_the_banner_is_always_in_view(
    browser: Browser, stage: Stage, size: dict[str, int]
) -> None:
    page = await visit(browser, stage.root, size)
    for words in (BANNER, DANGER):
        await expect(page.get_by_text(words)).to_be_in_viewport(ratio=1)


async def test_an_empty_sandbox_offers_a_person_and_a_start_button(
    browser: Browser, stage: Stage
) -> None:
    page = await visit(browser, stage.root)
    assert [person["name"] for person in (await stage.look("people"))["people"]] == ["Sam"]
    await page.get_by_role("button", name="Start", exact=True).click()
    assert (await next_update(stage, "message"))["text"] == "/start"
    await expect(page.get_by_role("button", name="Start", exact=True)).to_be_hidden()


async def test_two_people_stand_side_by_side_and_do_not_mix(browser: Browser, stage: Stage) -> None:
    first = await stage.person(name="Sam", said=None)
    page = await visit(browser, stage.root)
    await page.get_by_role("button", name="Add a person").click()
    await page.get_by_label("Name", exact=True).fill("Robin")
    await page.keyboard.press("Enter")
    second = (await stage.look("people"))["people"][-1]["id"]
    await chat(page, second).get_by_role("textbox").fill("I am Robin")
    await page.keyboard.press("Enter")
    await expect(bubbles(page, second)).to_contain_text(["I am Robin"])
    await expect(bubbles(page, first)).to_have_count(0)
    left = await chat(page, first).bounding_box()
    right = await chat(page, second).bounding_box()
    assert left is not None
    assert right is not None
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]


async def test_on_a_phone_people_are_tabs(browser: Browser, stage: Stage) -> None:
    first = await stage.person(name="Sam")
    second = await stage.person(name="Robin")
    page = await visit(browser, stage.root, PHONE)
    await expect(chat(page, second)).to_be_hidden()
    await page.get_by_role("tab", name="Sam").press("ArrowRight")
    await expect(page.get_by_role("tab", name="Robin")).to_have_attribute("aria-selected", "true")
    await expect(chat(page, second)).to_be_visible()
    await expect(chat(page, first)).to_be_hidden()


async def test_a_phone_needs_no_sideways_scroll_and_fits_a_thumb(
    browser: Browser, stage: Stage
) -> None:
    person = await stage.person(said="https://example.org/" + "long" * 60)
    scale = [button(str(step)) for step in range(8)]
    await stage.ok("sendMessage", chat_id=person, text="W" * 300, reply_markup=rows(scale[:6]))
    page = await visit(browser, stage.root, PHONE)
    await page.locator("#clock-toggle").click()
    await expect(page.locator(".key")).to_have_count(6)
    over = "n => n.scrollWidth - n.clientWidth"
    assert await page.locator("html").evaluate(over) <= 0
    assert await chat(page, person).locator(".log").evaluate(over) <= 0
    small = await page.locator("button:visible, a.key:visible, select:visible").evaluate_all(
        f"""all => all.map(n => [n.textContent.trim() || n.title, n.getBoundingClientRect()])
            .filter(([, r]) => r.width < {THUMB_PX} || r.height < {THUMB_PX})
            .map(([name]) => name)"""
    )
    assert small == []


async def test_dark_follows_the_system_and_a_choice_is_kept(browser: Browser, stage: Stage) -> None:
    page = await visit(browser, stage.root, color_scheme="dark")
    root = page.locator("html")
    await expect(root).to_have_css("color-scheme", "dark")
    await page.get_by_role("button", name="Light mode").click()
    await expect(root).to_have_css("color-scheme", "light")
    await page.reload()
    await expect(page.get_by_role("button", name="Dark mode")).to_be_visible()
    await expect(root).to_have_css("color-scheme", "light")


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_words_stand_out_from_their_ground_as_wcag_aa_asks(
    browser: Browser, stage: Stage, scheme: str
) -> None:
    await stage.ok("sendMessage", chat_id=await stage.person(), text="/help")
    page = await visit(browser, stage.root, color_scheme=scheme)
    await expect(page.locator(".bubble")).to_have_count(2)
    weak = await page.evaluate(
        """() => {
            const numbers = (color) => color.match(/[\\d.]+/g).map(Number);
            const light = (color) => numbers(color).slice(0, 3)
                .map((v) => v / 255)
                .map((v) => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
                .reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
            const ground = (node) => {
                const color = getComputedStyle(node).backgroundColor;
                return numbers(color).length === 3 ? color : ground(node.parentElement);
            };
            return [...document.querySelectorAll("*")]
                .filter((n) => n.checkVisibility() && [...n.childNodes]
                    .some((c) => c.nodeType === 3 && c.data.trim()))
                .map((n) => [n, light(getComputedStyle(n).color), light(ground(n))])
                .map(([n, a, b]) => [n, (Math.max(a, b) + .05) / (Math.min(a, b) + .05)])
                .filter(([, contrast]) => contrast < 4.5)
                .map(([n, contrast]) => `${n.className} ${n.textContent} ${contrast}`);
        }"""
    )
    assert weak == []


@pytest.mark.parametrize(
    ("name", "moment"),
    [
        ("+1 hour", "2026-11-25T13:00"),
        ("Tomorrow 08:00", "2026-11-26T07:00"),
        ("Next Sunday 18:00", "2026-11-29T17:00"),
    ],
)
async def test_clock_buttons_move_the_clock_in_the_zone_shown(
    browser: Browser, stage: Stage, name: str, moment: str
) -> None:
    page = await visit(browser, stage.root)
    await page.get_by_role("button", name=name).click()
    await expect(page.get_by_text("The clock shows")).to_be_visible()
    assert (await stage.look("clock"))["now"].startswith(moment)
    await page.get_by_role("button", name="Back to now").click()
    await expect(page.locator("#clock-offset")).to_have_text("real time")
    assert (await stage.look("clock"))["offset_s"] == 0


@pytest.mark.parametrize(
    ("words", "moment"),
    [
        ("+90m", "2026-11-25T13:30"),
        ("next monday 09:30", "2026-11-30T08:30"),
        # The day on which Berlin's clocks go forward, after that hour.
        ("2027-03-28 12:00", "2027-03-28T10:00"),
    ],
)
async def test_the_free_field_reads_spans_weekdays_and_dates(
    browser: Browser, stage: Stage, words: str, moment: str
) -> None:
    page = await visit(browser, stage.root)
    await page.get_by_label("Move the clock to").fill(words)
    await page.keyboard.press("Enter")
    await expect(page.get_by_text("The clock shows")).to_be_visible()
    assert (await stage.look("clock"))["now"].startswith(moment)


async def test_another_zone_shows_other_times(browser: Browser, stage: Stage) -> None:
    person = await stage.person()
    page = await visit(browser, stage.root)
    await expect(bubbles(page, person)).to_contain_text(["13:00"])
    await page.get_by_label("Time zone shown").select_option("Asia/Tokyo")
    await expect(bubbles(page, person)).to_contain_text(["21:00"])
    await expect(page.locator("#clock-now")).to_contain_text("21:00")


async def test_the_page_asks_nobody_else_and_meets_no_error(browser: Browser, stage: Stage) -> None:
    await stage.person()
    context = await browser.new_context()
    page = await context.new_page()
    asked: list[str] = []
    wrong: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda line: wrong.append(line.text) if line.type == "error" else None)
    await page.goto(stage.root)
    await expect(page.locator("#link-state")).to_have_text("Connected")
    assert asked
    assert [url for url in asked if not url.startswith(stage.root)] == []
    assert wrong == []


async def test_faults_are_switched_on_and_cleared(browser: Browser, stage: Stage) -> None:
    page = await visit(browser, stage.root)
    await page.get_by_role("button", name="Faults").click()
    for kind in ("429", "403", "502", "Slow", "lost"):
        await page.get_by_role("switch", name=kind).click()
        await expect(page.get_by_role("switch", name=kind)).to_be_checked()
    kinds = [fault["kind"] for fault in (await stage.look("faults"))["faults"]]
    assert kinds == ["429", "403", "502", "slow", "lost"]
    await page.get_by_role("button", name="Clear all faults").click()
    await expect(page.get_by_role("switch", name="429")).not_to_be_checked()
    assert (await stage.look("faults"))["faults"] == []


async def test_an_emptied_sandbox_empties_the_page(browser: Browser, stage: Stage) -> None:
    person = await stage.person()
    page = await visit(browser, stage.root)
    await expect(bubbles(page, person)).to_have_count(1)
    await stage.sim("reset")
    again = await stage.person(said="anew")
    assert again == person
    await expect(bubbles(page, person)).to_contain_text(["anew"])
    await expect(bubbles(page, person)).to_have_count(1)


async def test_the_page_comes_back_after_a_restart_on_the_same_port(browser: Browser) -> None:
    async with AsyncExitStack() as first:
        root = await first.enter_async_context(serve(World(MovableClock())))
        async with httpx.AsyncClient(base_url=root) as http:
            await http.post("/sim/people", json={"id": 7, "name": "Before"})
            await http.post("/sim/say", json={"person": 7, "text": "old words"})
        page = await visit(browser, root)
        await expect(bubbles(page, 7)).to_contain_text(["old words"])
    await expect(page.locator("#link-state")).to_have_text("Reconnecting…")
    async with (
        serve(World(MovableClock()), port=int(root.rpartition(":")[2])),
        httpx.AsyncClient(base_url=root) as http,
    ):
        await http.post("/sim/people", json={"id": 7, "name": "After"})
        await expect(page.locator("#link-state")).to_have_text("Connected")
        await http.post("/sim/say", json={"person": 7, "text": "new words"})
        await expect(bubbles(page, 7)).to_contain_text(["new words"])
        await expect(page.get_by_text("old words")).to_have_count(0)
        await expect(chat(page, 7).get_by_role("heading")).to_have_text("After")
