import asyncio
import socket

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st
from telegram.error import NetworkError, TimedOut

from bot.delivery.outcomes import SENT, Fate, Outcome, classify, policy
from bot.delivery.pace import Held
from bot.domain.messages import Lane
from tests.delivery.faulty_telegram import (
    PRIVATE,
    Answer,
    answer,
    bot_at,
    drop,
    error_of,
    hang,
    refusal,
    reset,
    serving,
)


async def outcome_of(act: Answer) -> Outcome:
    timeout_s = 0.2 if act is hang else 60
    async with serving(act) as url, bot_at(url, timeout_s=timeout_s) as bot:
        return classify(await error_of(bot.send_message(1, PRIVATE)))


async def test_a_refused_connection_and_an_unknown_host_were_never_sent() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        refused = f"http://127.0.0.1:{free.getsockname()[1]}/bot"
        for url in (refused, "http://nowhere.invalid/bot"):
            async with bot_at(url) as bot:
                outcome = classify(await error_of(bot.send_message(1, PRIVATE)))
            assert outcome.fate is Fate.NEVER_SENT
            assert outcome.code in ("connect_error", "connect_timeout")  # by the resolver's haste


async def test_a_full_pool_was_never_sent() -> None:
    async with serving(hang) as url, bot_at(url, timeout_s=0.4) as bot:
        results = await asyncio.gather(
            bot.send_message(1, PRIVATE), bot.send_message(2, PRIVATE), return_exceptions=True
        )
    outcomes = {classify(result).code for result in results if isinstance(result, Exception)}
    assert outcomes == {"read_timeout", "pool_timeout"}


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (hang, "read_timeout"),
        (drop, "dropped"),
        (reset, "read_error"),
        (answer(502, "<html>Bad Gateway</html>", "text/html"), "gateway"),
        (answer(403, "<html>Sign in to this network</html>", "text/html"), "gateway"),
        (answer(404, "<html>Not Found</html>", "text/html"), "gateway"),
        (answer(400, "", "text/plain"), "gateway"),
        (refusal(500, "Internal Server Error: restart"), "server_error"),
        (answer(200, "<html>hello</html>"), "gateway"),
    ],
)
async def test_what_may_have_arrived_is_unknown(act: Answer, code: str) -> None:
    outcome = await outcome_of(act)
    assert outcome.fate is Fate.UNKNOWN
    assert outcome.code == code


async def test_a_flood_was_not_sent_and_names_its_deadline() -> None:
    outcome = await outcome_of(refusal(429, "Too Many Requests: retry after 7", retry_after=7))
    assert outcome == Outcome(Fate.NEVER_SENT, 7.0, "flood")


REFUSALS = [
    (403, "Forbidden: bot was blocked by the user", Fate.UNREACHABLE, "blocked"),
    (403, "Forbidden: user is deactivated", Fate.UNREACHABLE, "deactivated"),
    (403, "Forbidden: bot can't initiate conversation with a user", Fate.UNREACHABLE, "forbidden"),
    (400, "Bad Request: chat not found", Fate.UNREACHABLE, "chat_not_found"),
    (400, "Bad Request: PEER_ID_INVALID", Fate.UNREACHABLE, "chat_not_found"),
    (
        400,
        'Bad Request: can\'t parse entities: Unsupported start tag "chat not found" at byte 0',
        Fate.UNREADABLE,
        "bad_markup",
    ),
    (400, "Bad Request: ENTITY_BOUNDS_INVALID", Fate.UNREADABLE, "bad_markup"),
    (400, "Bad Request: message is too long", Fate.TOO_LONG, "too_long"),
    (400, "Bad Request: message caption is too long", Fate.TOO_LONG, "too_long"),
    (400, "Bad Request: MESSAGE_TOO_LONG", Fate.TOO_LONG, "too_long"),
    (400, "Bad Request: message to edit not found", Fate.EDIT_LOST, "edit_lost"),
    (400, "Bad Request: message can't be edited", Fate.EDIT_LOST, "edit_lost"),
    (
        400,
        "Bad Request: there is no text in the message to edit",
        Fate.EDIT_LOST,
        "edit_lost",
    ),
    (
        400,
        "Bad Request: message is not modified: specified new message content and reply markup are "
        "exactly the same as a current content and reply markup of the message",
        Fate.UNCHANGED,
        "unchanged",
    ),
    (400, "Bad Request: Wrong HTTP URL specified", Fate.BAD_BUTTONS, "bad_button"),
    (400, "Bad Request: can't parse reply keyboard markup", Fate.BAD_BUTTONS, "bad_button"),
    (400, "Bad Request: REPLY_MARKUP_INVALID", Fate.BAD_BUTTONS, "bad_button"),
    (400, "Bad Request: MESSAGE_ID_INVALID", Fate.EDIT_LOST, "edit_lost"),
    (400, "Bad Request: BUTTON_DATA_INVALID", Fate.BAD_BUTTONS, "bad_button"),
    (400, "Bad Request: BUTTON_URL_INVALID", Fate.BAD_BUTTONS, "bad_button"),
    (400, "Bad Request: reply markup is too long", Fate.BAD_BUTTONS, "bad_button"),
    (
        400,
        "Bad Request: inline keyboard button URL 'tel:988' is invalid: Wrong HTTP URL",
        Fate.BAD_BUTTONS,
        "bad_button",
    ),
    (400, f"Bad Request: something new about {PRIVATE}", Fate.REFUSED, "bad_request"),
    (401, "Unauthorized", Fate.TOKEN, "token"),
    (404, "Not Found", Fate.TOKEN, "token"),
    (409, "Conflict: terminated by other getUpdates request", Fate.NEVER_SENT, "conflict"),
]


@pytest.mark.parametrize(("status", "text", "fate", "code"), REFUSALS)
async def test_each_refusal_has_its_fate(status: int, text: str, fate: Fate, code: str) -> None:
    assert await outcome_of(refusal(status, text)) == Outcome(fate, code=code)


async def test_a_group_that_moved_is_refused_for_good() -> None:
    moved = refusal(400, "Bad Request: group chat was upgraded", migrate_to_chat_id=-100)
    assert await outcome_of(moved) == Outcome(Fate.REFUSED, code="chat_migrated")


def test_a_timeout_without_a_cause_that_we_know_is_unknown() -> None:
    odd = TimedOut()
    odd.__cause__ = httpx.TimeoutException("refused, says another transport")
    assert classify(TimedOut()).fate is Fate.UNKNOWN
    assert classify(odd) == Outcome(Fate.UNKNOWN, code="transport")
    assert classify(NetworkError("?")).fate is Fate.UNKNOWN
    assert classify(KeyError(PRIVATE)) == Outcome(Fate.UNKNOWN, code="bug")


def test_a_hold_of_our_own_was_never_sent() -> None:
    assert classify(Held(until_s=100.0, for_s=12.5)) == Outcome(Fate.NEVER_SENT, 12.5, "held")


# What follows from an outcome.

lanes = st.sampled_from(Lane)
chances = st.floats(0, 1)


@given(lane=lanes, attempts=st.integers(1, 10**6), jitter=chances)
def test_never_sent_comes_back_ever_more_slowly_up_to_30_s(
    lane: Lane, attempts: int, jitter: float
) -> None:
    decision = policy(lane, Outcome(Fate.NEVER_SENT), attempts, jitter)
    step_s = [1, 2, 4, 8, 15, 30][min(attempts, 6) - 1]
    assert decision.next == "retry"
    assert decision.counts
    assert step_s <= decision.wait_s <= step_s * 1.25


@given(lane=lanes, attempts=st.integers(1, 10**6), jitter=chances)
def test_unknown_is_repeated_where_twice_is_better_than_never_and_never_within_30_s(
    lane: Lane, attempts: int, jitter: float
) -> None:
    decision = policy(lane, Outcome(Fate.UNKNOWN), attempts, jitter)
    if lane in (Lane.NUDGE, Lane.SUMMARY):
        assert decision.next == "give_up"
    else:
        assert decision.next == "retry"
        assert 30 <= decision.wait_s <= 45


@given(lane=lanes, attempts=st.integers(1, 99), jitter=chances, wait_s=st.floats(0, 1e5))
def test_a_flood_is_waited_out_to_the_second_and_is_no_attempt(
    lane: Lane, attempts: int, jitter: float, wait_s: float
) -> None:
    decision = policy(lane, Outcome(Fate.NEVER_SENT, wait_s, "flood"), attempts, jitter)
    assert (decision.next, decision.wait_s, decision.counts) == ("retry", wait_s, False)


@pytest.mark.parametrize("lane", Lane)
def test_what_is_settled_is_settled(lane: Lane) -> None:
    def after(fate: Fate) -> str:
        return policy(lane, Outcome(fate), attempts=1, jitter=0).next

    assert policy(lane, SENT, 1, 0).next == after(Fate.UNCHANGED) == "sent"
    assert after(Fate.REFUSED) == after(Fate.UNREACHABLE) == "give_up"


@pytest.mark.parametrize("fate", Fate)
def test_without_another_form_left_a_bad_form_is_a_refusal(fate: Fate) -> None:
    forms = {Fate.UNREADABLE, Fate.TOO_LONG, Fate.EDIT_LOST, Fate.BAD_BUTTONS}
    assert fate.asks_for_another_form == (fate in forms)
    if fate in forms:
        assert policy(Lane.SAFETY, Outcome(fate), 1, 0).next == "give_up"


def test_a_refused_token_keeps_the_message() -> None:
    decision = policy(Lane.NUDGE, Outcome(Fate.TOKEN), 1, 0)
    assert (decision.next, decision.counts) == ("retry", False)
