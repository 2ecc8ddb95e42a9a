from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from bot.sandbox import SANDBOX_TOKEN
from tests.browser import open_browser
from tests.sandbox.conftest import Stage
from tests.sandbox.page_steps import bubbles, button, chat, next_update, picture, rows, visit

pytestmark = pytest.mark.browser

HOSTILE = '<script>window.hurt=1</script><img src=x onerror="window.hurt=1"> & <b>not bold</b>'


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with open_browser() as browser:
        yield browser


async def test_a_press_reaches_the_bot_and_its_answer_is_shown(
    browser: Browser, stage: Stage
) -> None:
    person = await stage.person()
    page = await visit(browser, stage.root)
    keys = rows([button("Good"), button("Low")], [button("Skip")])
    await stage.ok("sendMessage", chat_id=person, text="How is it?", reply_markup=keys)
    await page.get_by_role("button", name="Low").click()
    query = await next_update(stage, "callback_query")
    assert query["data"] == "low"
    await stage.ok("answerCallbackQuery", callback_query_id=query["id"], text="Noted.")
    await expect(page.get_by_text("Noted.")).to_be_visible()
    await expect(page.locator(".key.waiting")).to_have_count(0)


async def test_an_alert_is_a_dialog_that_wants_to_be_confirmed(
    browser: Browser, stage: Stage
) -> None:
    person = await stage.person()
    page = await visit(browser, stage.root)
    await stage.ok("sendMessage", chat_id=person, text="?", reply_markup=rows([button("Why")]))
    await page.get_by_role("button", name="Why").click()
    query = await next_update(stage, "callback_query")
    answer = {"callback_query_id": query["id"], "text": "Because.", "show_alert": True}
    await stage.ok("answerCallbackQuery", **answer)
    await expect(page.get_by_role("dialog")).to_contain_text("Because.")
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("dialog")).to_be_hidden()


async def test_buttons_of_a_row_are_equally_wide(browser: Browser, stage: Stage) -> None:
    person = await stage.person()
    page = await visit(browser, stage.root)
    keys = rows([button("A"), button("A much longer one"), button("B")])
    await stage.ok("sendMessage", chat_id=person, text="?", reply_markup=keys)
    await expect(page.locator(".key")).to_have_count(3)
    widths = await page.locator(".key").evaluate_all("all => all.map(k => k.offsetWidth)")
    assert max(widths) - min(widths) <= 1


async def test_an_edit_changes_the_bubble_in_its_place(browser: Browser, stage: Stage) -> None:
    person = await stage.person()
    sent = await stage.ok(
        "sendMessage", chat_id=person, text="Step 1", reply_markup=rows([button("Next")])
    )
    await stage.ok("sendMessage", chat_id=person, text="Below")
    page = await visit(browser, stage.root)
    bubble = bubbles(page, person).nth(1)
    await bubble.evaluate("node => { node.same = true; }")
    await stage.ok("editMessageText", chat_id=person, message_id=sent["message_id"], text="Step 2")
    await expect(bubble).to_contain_text("Step 2")
    await expect(bubble).to_contain_text("edited")
    assert await bubble.evaluate("node => node.same")
    await expect(page.locator(".key")).to_have_count(0)
    await expect(bubbles(page, person)).to_have_count(3)


async def test_the_focus_stays_on_the_keyboard_when_it_changes(
    browser: Browser, stage: Stage
) -> None:
    person = await stage.person()
    where = {"chat_id": person}
    sent = await stage.ok("sendMessage", **where, text="1", reply_markup=rows([button("Next")]))
    page = await visit(browser, stage.root)
    await page.get_by_role("button", name="Next", exact=True).focus()
    where["message_id"] = sent["message_id"]
    await stage.ok("editMessageText", **where, text="2", reply_markup=rows([button("Onward")]))
    await expect(page.get_by_role("button", name="Onward")).to_be_focused()


async def test_pictures_and_documents_are_shown(browser: Browser, stage: Stage) -> None:
    person = await stage.person()
    page = await visit(browser, stage.root)
    method = f"/bot{SANDBOX_TOKEN}/send"
    for kind, name, content in [
        ("photo", "week.png", picture()),
        ("document", "diary.pdf", b"%PDF-1.7"),
    ]:
        fields = {"chat_id": str(person), "caption": f"A {kind}"}
        files = {kind: (name, content)}
        answer = await stage.http.post(f"{method}{kind.title()}", data=fields, files=files)
        assert answer.json()["ok"] is True
    image = page.get_by_role("img", name="A photo")
    await expect(image).to_be_visible()
    await expect(image).to_have_js_property("naturalWidth", 40)
    async with page.expect_download() as download:
        await page.get_by_role("link", name="diary.pdf").click()
    assert (await download.value).suggested_filename == "diary.pdf"


async def test_a_copy_button_fills_the_clipboard_and_says_so(
    browser: Browser, stage: Stage
) -> None:
    person = await stage.person()
    page = await visit(browser, stage.root, permissions=["clipboard-read", "clipboard-write"])
    keys = rows([button("Copy the number", copy_text={"text": "112"})])
    await stage.ok("sendMessage", chat_id=person, text="Call", reply_markup=keys)
    await page.get_by_role("button", name="Copy the number").click()
    await expect(page.get_by_text("Copied: 112")).to_be_visible()
    assert await page.evaluate("navigator.clipboard.readText()") == "112"


async def test_a_url_button_opens_a_new_tab_without_an_opener(
    browser: Browser, stage: Stage
) -> None:
    person = await stage.person()
    page = await visit(browser, stage.root)
    keys = rows([button("Open", url="https://example.org/help")])
    await stage.ok("sendMessage", chat_id=person, text="See", reply_markup=keys)
    link = page.get_by_role("link", name="Open")
    await expect(link).to_have_attribute("href", "https://example.org/help")
    await expect(link).to_have_attribute("target", "_blank")
    await expect(link).to_have_attribute("rel", "noopener noreferrer")


async def test_hostile_text_stays_text(browser: Browser, stage: Stage) -> None:
    person = await stage.person(said=HOSTILE, name=HOSTILE[:60])
    page = await visit(browser, stage.root)
    await stage.ok(
        "sendMessage", chat_id=person, text=HOSTILE, reply_markup=rows([button(HOSTILE[:30])])
    )
    await expect(bubbles(page, person)).to_contain_text([HOSTILE, HOSTILE])
    assert await page.locator(".chat script, .chat img, .chat .text b").count() == 0
    assert await page.evaluate("window.hurt") is None


async def test_only_known_marks_survive_even_if_the_server_sent_others(
    browser: Browser, stage: Stage
) -> None:
    page = await visit(browser, stage.root)
    kept = await page.evaluate(
        """async () => {
            const { richNodes } = await import("/page/rich.js");
            const { Wall } = await import("/page/wall.js");
            const html = '<b onclick="x()">b</b><a href="javascript:x()">j</a><a href="/sim">r</a>'
                + '<img src=x onerror="x()"><iframe src="//x"></iframe><form><i>i</i></form>';
            const box = document.createElement("div");
            box.append(...richNodes(html, { wall: new Wall("UTC"), onCommand() {} }));
            return box.innerHTML;
        }"""
    )
    assert kept == "<b>b</b>jr<i>i</i>"


async def test_enter_sends_shift_enter_breaks_and_up_edits(browser: Browser, stage: Stage) -> None:
    person = await stage.person(said=None)
    page = await visit(browser, stage.root)
    field = chat(page, person).get_by_role("textbox")
    await field.press_sequentially("one")
    await field.press("Shift+Enter")
    await field.press_sequentially("two")
    await field.press("Enter")
    assert (await next_update(stage, "message"))["text"] == "one\ntwo"
    await expect(field).to_have_value("")
    await expect(bubbles(page, person)).to_have_count(1)
    await field.press("ArrowUp")
    await field.fill("three")
    await field.press("Enter")
    assert (await next_update(stage, "edited_message"))["text"] == "three"
    await expect(bubbles(page, person)).to_contain_text(["three"])


async def test_the_command_list_says_the_command(browser: Browser, stage: Stage) -> None:
    await stage.person(said=None)
    page = await visit(browser, stage.root)
    await page.get_by_role("button", name="Commands").press("Enter")
    names = await page.get_by_role("menuitem").locator(".name").all_text_contents()
    assert names == ["/start", "/checkin", "/today", "/sos", "/help", "/stop"]
    for _ in range(3):
        await page.keyboard.press("ArrowDown")
    await page.keyboard.press("Enter")
    assert (await next_update(stage, "message"))["text"] == "/sos"


@pytest.mark.parametrize("name", ["Voice message", "Sticker", "Photo", "Location", "Contact"])
async def test_other_things_than_text_can_be_sent(
    browser: Browser, stage: Stage, name: str
) -> None:
    person = await stage.person(said=None)
    page = await visit(browser, stage.root)
    await page.get_by_role("button", name="More to send").click()
    await page.get_by_role("menuitem", name=name).click()
    field = {"Voice message": "voice"}.get(name, name.lower())
    assert field in await next_update(stage, "message")
    await expect(bubbles(page, person)).to_contain_text([name])


async def test_blocking_and_unblocking_reaches_the_bot(browser: Browser, stage: Stage) -> None:
    person = await stage.person()
    page = await visit(browser, stage.root)
    await page.get_by_role("button", name="More to send").click()
    await page.get_by_role("menuitem", name="Block the bot").click()
    await expect(chat(page, person).get_by_role("textbox")).to_be_hidden()
    change = await next_update(stage, "my_chat_member")
    assert change["new_chat_member"]["status"] == "kicked"
    await page.get_by_role("button", name="Unblock").click()
    await expect(chat(page, person).get_by_role("textbox")).to_be_visible()


async def test_typing_is_shown_until_the_bot_has_spoken(browser: Browser, stage: Stage) -> None:
    person = await stage.person()
    page = await visit(browser, stage.root)
    await stage.ok("sendChatAction", chat_id=person, action="typing")
    await expect(page.locator(".typing")).to_be_visible()
    await stage.ok("sendMessage", chat_id=person, text="Here I am")
    await expect(page.locator(".typing")).to_be_hidden()


async def test_the_last_message_stays_in_view_when_the_composer_grows(
    browser: Browser, stage: Stage
) -> None:
    person = await stage.person()
    for number in range(20):
        await stage.ok("sendMessage", chat_id=person, text=f"Line {number}")
    page = await visit(browser, stage.root)
    await expect(bubbles(page, person).last).to_be_in_viewport(ratio=1)
    await chat(page, person).get_by_role("textbox").fill("one\ntwo\nthree\nfour\nfive")
    await expect(bubbles(page, person).last).to_be_in_viewport(ratio=1)


async def test_reading_above_is_not_torn_away_by_a_new_message(
    browser: Browser, stage: Stage
) -> None:
    person = await stage.person()
    for number in range(20):
        await stage.ok("sendMessage", chat_id=person, text=f"Line {number}")
    page = await visit(browser, stage.root)
    await bubbles(page, person).first.scroll_into_view_if_needed()
    await expect(bubbles(page, person).first).to_be_in_viewport(ratio=1)
    await stage.ok("sendMessage", chat_id=person, text="The newest")
    await page.get_by_role("button", name="New messages").click()
    await expect(bubbles(page, person).last).to_be_in_viewport(ratio=1)
    await expect(bubbles(page, person).last).to_contain_text("The newest")
