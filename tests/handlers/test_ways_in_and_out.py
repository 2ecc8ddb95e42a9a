import pytest

from bot.storage import tables
from tests.chat import Person
from tests.conftest import ON_BOTH
from tests.house import House


@ON_BOTH
async def test_after_stop_nothing_comes_and_after_start_it_comes_again(
    house: House, joined: Person
) -> None:
    await joined.writes_note("before")
    await joined.says("/stop")
    await joined.sees("stopped")
    await house.tomorrow_at("08:01")
    await joined.sees_nothing_new()

    await joined.says("/start")
    await joined.sees("resumed", "Friday 27 November, 08:00")
    await joined.sees_nothing_new()
    await house.tomorrow_at("08:00")
    await joined.sees_only("checkin-offer")
    assert await house.answers("note") == ["before"]


async def test_a_second_stop_says_that_it_is_so_already(joined: Person) -> None:
    await joined.says("/stop")
    await joined.sees("stopped")
    await joined.says("/stop")
    await joined.sees_only("stopped-already")


async def test_a_check_in_can_be_asked_for_while_stopped(house: House, joined: Person) -> None:
    await joined.says("/stop")
    await joined.sees("stopped")
    await joined.writes_note("still here")
    assert await house.answers("note") == ["still here"]
    await house.tomorrow_at("08:00")
    await joined.sees_nothing_new()


async def test_a_start_of_somebody_who_has_joined_opens_the_menu(joined: Person) -> None:
    await joined.says("/start")
    await joined.sees_only("welcome-back")
    await joined.taps("label-check-in")
    await joined.sees("ask-headache")


async def test_stop_stays_after_a_restart(house: House, joined: Person) -> None:
    await joined.says("/stop")
    await joined.sees("stopped")
    await house.quiet()
    await house.restart()
    await house.tomorrow_at("09:00")
    await joined.sees_nothing_new()


@ON_BOTH
async def test_whoever_blocks_the_bot_gets_nothing_until_they_unblock_it(
    house: House, joined: Person
) -> None:
    await joined.blocks()
    await house.quiet()
    await house.tomorrow_at("08:00")
    await joined.sees_nothing_new()
    await joined.unblocks()
    await joined.sees_nothing_new()  # without a word
    await house.tomorrow_at("08:00")
    await joined.sees_only("checkin-offer")


async def test_a_refusal_by_telegram_puts_schedules_to_sleep_until_the_person_writes(
    house: House, joined: Person
) -> None:
    house.expected.add("send_failed")
    await house.sim("faults", kind="403", method="sendMessage", person=joined.id, times=1)
    await house.tomorrow_at("08:00")
    await joined.sees_nothing_new()
    [schedule] = await house.rows(tables.schedule)
    assert schedule.next_due_at is None
    await house.tomorrow_at("08:00")
    await joined.sees_nothing_new()

    await joined.says("/help")
    await joined.sees("help-text")
    await house.tomorrow_at("08:00")
    await joined.sees_only("checkin-offer")


async def test_unblocking_does_not_undo_a_stop(house: House, joined: Person) -> None:
    await joined.says("/stop")
    await joined.sees("stopped")
    await joined.blocks()
    await joined.unblocks()
    await house.tomorrow_at("08:00")
    await joined.sees_nothing_new()


async def test_a_deleted_account_is_not_written_to_again(house: House, joined: Person) -> None:
    house.expected.add("send_failed")
    await house.sim("block", person=joined.id, deactivated=True)
    await house.tomorrow_at("08:00")
    await house.quiet()
    sent = house.requests("sendMessage")
    await house.tomorrow_at("08:00")
    await house.quiet()
    assert house.requests("sendMessage") == sent


async def test_help_names_every_command(sam: Person) -> None:
    await sam.says("/help")
    card = await sam.sees_only("help-text")
    for command in ("/checkin", "/today", "/stop", "/start", "/sos", "/privacy"):
        assert card.says(command)
    assert {"Start", "Help now"} <= set(card.buttons)


@pytest.mark.parametrize("word", ["stop", "Stop.", " STOP! "])
async def test_the_plain_word_stop_stops(joined: Person, word: str) -> None:
    await joined.says(word)
    await joined.sees_only("stopped")


async def test_whoever_has_joined_is_offered_a_check_in_below_help(joined: Person) -> None:
    await joined.says("what now")
    await joined.sees_only("unknown-text")
    assert await joined.buttons() == ["Help now", "Check in now"]


@pytest.mark.parametrize("asked", ["/checkin", "/today"])
async def test_whoever_has_not_joined_is_told_so_kindly(sam: Person, asked: str) -> None:
    await sam.says(asked)
    await sam.sees_only("not-joined")
    await sam.taps("label-start")
    await sam.sees("start-what")


@pytest.mark.parametrize(
    "asked",
    ["/sos", "/sos@sandbox_bot", "/sos please", "／sos", "  /SOS", "S.O.S!", "🆘", "Help now"],
)
async def test_help_now_comes_once_to_a_stranger(sam: Person, asked: str) -> None:
    await sam.says(asked)
    await sam.sees_only("sos-title", "112")


async def test_help_now_by_button_comes_each_time(sam: Person) -> None:
    await sam.says("/start")
    await sam.sees("start-what")
    for _ in range(3):
        await sam.taps("label-help-now")
        await sam.sees_only("sos-title")


@ON_BOTH
async def test_help_now_knows_the_country_and_stands_before_every_step(
    house: House, sam: Person
) -> None:
    await sam.says("/start")
    await sam.taps("start-yes-adult")
    await sam.taps("consent-yes")
    await sam.sees("join-place")
    await sam.says("/sos")
    await sam.sees_only("sos-title", "sos-unknown-country")
    await sam.says("Berlin")
    await sam.sees("join-zone-right")
    await sam.says("/sos")
    await sam.sees_only("sos-title", "TelefonSeelsorge")
    await sam.taps("label-yes")
    await sam.sees("join-time")
    await sam.says("sos")
    await sam.sees_only("sos-title", "TelefonSeelsorge")
    await sam.taps("08:00")
    await sam.sees("join-done")


@pytest.mark.parametrize("step", ["headache", "sleep", "mood", "craving", "note"])
async def test_help_now_comes_in_every_question_and_the_question_stays(
    house: House, joined: Person, step: str
) -> None:
    await joined.checks_in(step)
    await joined.says("/sos")
    await joined.sees_only("sos-title")
    await joined.taps("label-skip")
    await house.quiet()
    assert (await house.kept())["answer"] == 0


async def test_help_now_comes_while_stopped(joined: Person) -> None:
    await joined.says("/stop")
    await joined.sees("stopped")
    await joined.says("/sos")
    await joined.sees_only("sos-title", "TelefonSeelsorge")


async def test_a_strangers_stop_is_answered_honestly(house: House, sam: Person) -> None:
    await sam.says("/stop")
    await sam.sees_only("stopped-stranger")
    assert (await house.kept())["person"] == 0


async def test_a_caption_and_an_edit_may_call_for_help(house: House, sam: Person) -> None:
    photo = [{"file_id": "f", "file_unique_id": "u", "width": 10, "height": 10}]
    await sam.sends(photo=photo, caption="SOS!")
    await sam.sees_only("sos-title")
    await sam.says("hello")
    await sam.sees_only("unknown-text")
    await sam.edits("help now")
    await sam.sees_only("sos-title")
    calls = [row.aided_at is not None for row in await house.rows(tables.inbox)]
    assert calls == [True, False, True]
