import io
import struct
import zlib

import pytest
from telegram import (
    Bot,
    BotCommand,
    BotCommandScopeAllPrivateChats,
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    Message,
    ReplyParameters,
    Update,
)
from telegram.constants import ChatAction, ParseMode
from telegram.error import BadRequest, Conflict, Forbidden, InvalidToken

from bot.sandbox import SANDBOX_TOKEN
from tests.sandbox.conftest import Stage


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        checksum = zlib.crc32(kind + data)
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)

    rows = zlib.compress(b"".join(b"\0" + b"\x80" * width for _ in range(height)))
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        [chunk(b"IHDR", header), chunk(b"IDAT", rows), chunk(b"IEND", b"")]
    )


async def test_a_whole_conversation_runs_through_ptb(stage: Stage, bot: Bot) -> None:
    assert bot.bot.is_bot
    person = await stage.person("/start")
    (update,) = await bot.get_updates(timeout=5, allowed_updates=Update.ALL_TYPES)
    assert update.message is not None
    assert update.message.text == "/start"
    buttons = InlineKeyboardMarkup([[InlineKeyboardButton("Fine", callback_data="mood:5")]])
    sent = await bot.send_message(
        person, "<b>How are you?</b>", parse_mode=ParseMode.HTML, reply_markup=buttons
    )
    assert sent.reply_markup == buttons
    await stage.sim("tap", person=person, message_id=sent.message_id, data="mood:5")
    (update,) = await bot.get_updates(offset=update.update_id + 1)
    query = update.callback_query
    assert query is not None
    assert query.data == "mood:5"
    assert await query.answer("Saved")
    edited = await query.edit_message_text("Thank you")
    assert isinstance(edited, Message)
    assert (edited.text, edited.reply_markup) == ("Thank you", None)
    assert edited.edit_date is not None


async def test_a_photo_goes_up_by_multipart_and_comes_down_again(stage: Stage, bot: Bot) -> None:
    person = await stage.person()
    picture = png(40, 30)
    sent = await bot.send_photo(person, picture, caption="<b>week</b>", parse_mode=ParseMode.HTML)
    (size,) = sent.photo
    assert (size.width, size.height, size.file_size) == (40, 30, len(picture))
    assert (sent.caption, sent.caption_entities[0].type) == ("week", "bold")
    assert bytes(await (await size.get_file()).download_as_bytearray()) == picture
    again = await bot.send_photo(person, size.file_id)
    assert again.photo == sent.photo
    shown = (await stage.look(f"messages?person={person}"))["messages"][-1]
    answer = await stage.http.get(shown["photo"])
    assert (answer.content, answer.headers["Content-Type"]) == (picture, "image/png")


async def test_a_document_keeps_its_name_and_bytes(stage: Stage, bot: Bot) -> None:
    person = await stage.person()
    data = bytes(range(256)) * 8
    sent = await bot.send_document(person, io.BytesIO(data), filename="dätä.json")
    assert sent.document is not None
    assert (sent.document.file_name, sent.document.file_size) == ("dätä.json", len(data))
    file = await sent.document.get_file()
    assert bytes(await file.download_as_bytearray()) == data
    shown = (await stage.look(f"messages?person={person}"))["messages"][-1]["document"]
    assert (shown["name"], shown["size"]) == ("dätä.json", len(data))
    answer = await stage.http.get(shown["url"])
    assert answer.content == data
    assert answer.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"no picture", "Image_process_failed"),
        (png(1, 21), "Photo_invalid_dimensions"),
        (b"", "File must be non-empty"),
    ],
)
async def test_bad_pictures_are_refused(
    stage: Stage, bot: Bot, content: bytes, problem: str
) -> None:
    person = await stage.person()
    with pytest.raises(BadRequest, match=problem):
        await bot.send_photo(person, content)


async def test_wrong_files_and_long_captions_are_refused(stage: Stage, bot: Bot) -> None:
    person = await stage.person()
    with pytest.raises(BadRequest, match="Message caption is too long"):
        await bot.send_photo(person, png(2, 2), caption="x" * 1025)
    with pytest.raises(BadRequest, match="Wrong file identifier/http url specified"):
        await bot.send_photo(person, "no-such-id")
    with pytest.raises(BadRequest, match="Failed to get http url content"):
        await bot.send_photo(person, "https://a.example/x.png")
    sent = await bot.send_document(person, b"x", filename="x.txt")
    assert sent.document is not None
    with pytest.raises(BadRequest, match="Type of file mismatch"):
        await bot.send_photo(person, sent.document.file_id)


async def test_the_other_methods_answer_so_that_ptb_understands(stage: Stage, bot: Bot) -> None:
    person = await stage.person()
    scope = BotCommandScopeAllPrivateChats()
    commands = (BotCommand("start", "Begin"), BotCommand("help", "Help"))
    assert await bot.set_my_commands(commands, scope=scope, language_code="de")
    assert await bot.get_my_commands(scope=scope, language_code="de") == commands
    assert await bot.get_my_commands() == ()
    assert await bot.delete_my_commands(scope=scope, language_code="de")
    assert await bot.set_my_description("long")
    assert await bot.set_my_short_description("short")
    assert (await bot.get_my_description()).description == "long"
    assert (await bot.get_my_short_description()).short_description == "short"
    assert await bot.send_chat_action(person, ChatAction.TYPING)
    assert (await bot.get_chat(person)).type == "private"
    first = await bot.send_message(person, "one", reply_parameters=ReplyParameters(1))
    assert first.reply_to_message is not None
    assert await bot.set_message_reaction(person, 1, "👍")
    assert await bot.pin_chat_message(person, first.message_id)
    assert await bot.unpin_chat_message(person)
    assert await bot.unpin_all_chat_messages(person)
    copied = await bot.copy_message(person, person, first.message_id)
    forwarded = await bot.forward_message(person, person, first.message_id)
    assert (copied.message_id, forwarded.text) == (first.message_id + 1, "one")
    assert forwarded.forward_origin is not None
    voice = await bot.send_voice(person, b"OggS")
    assert voice.voice is not None
    with pytest.raises(BadRequest, match="There is no caption"):
        await first.edit_caption("x")
    assert isinstance(await voice.edit_caption("spoken"), Message)
    keys = InlineKeyboardMarkup.from_button(InlineKeyboardButton("x", callback_data="x"))
    assert isinstance(await first.edit_reply_markup(keys), Message)
    assert await bot.delete_message(person, first.message_id)
    assert await bot.delete_messages(person, [voice.message_id, copied.message_id, 999])
    assert (await bot.get_webhook_info()).pending_update_count == 1
    assert await bot.set_webhook("")
    assert await bot.delete_webhook()
    assert await bot.log_out()
    assert await bot.close()
    with pytest.raises(BadRequest):
        await bot.leave_chat(person)


async def test_ptb_raises_the_classes_that_telegram_causes(stage: Stage, bot: Bot) -> None:
    person = await stage.person()
    with pytest.raises(BadRequest, match="Chat not found"):
        await bot.send_message(4, "x")
    with pytest.raises(BadRequest, match='unsupported start tag "x" at byte offset 0'):
        await bot.send_message(person, "<x>", parse_mode=ParseMode.HTML)
    await stage.sim("block", person=person, blocked=True)
    with pytest.raises(Forbidden, match="bot was blocked by the user"):
        await bot.send_message(person, "x")
    await bot.set_webhook("http://localhost:9/hook")
    with pytest.raises(Conflict, match="can't use getUpdates method while webhook is active"):
        await bot.get_updates()


async def test_a_deleted_message_is_inaccessible_in_a_late_press(stage: Stage, bot: Bot) -> None:
    person = await stage.person()
    await stage.sim("tap", person=person, message_id=77, data="old", force=True)
    query = (await bot.get_updates())[-1].callback_query
    assert query is not None
    # PTB 22.8 makes a Message of it, not an InaccessibleMessage; only is_accessible tells.
    assert query.message is not None
    assert not query.message.is_accessible


async def test_wrong_tokens_raise_invalid_token(stage: Stage) -> None:
    for token in ("not:valid", SANDBOX_TOKEN + "/x"):
        bot = Bot(token, base_url=f"{stage.root}/bot")
        with pytest.raises(InvalidToken):
            await bot.initialize()
        await bot.shutdown()
