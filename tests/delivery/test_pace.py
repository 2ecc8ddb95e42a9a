import asyncio
from itertools import pairwise

import pytest

from bot.delivery.pace import Held, Pace
from bot.domain.messages import Lane
from tests.delivery.paced_server import EXACT_S, Server
from tests.virtual_time import run


def test_two_messages_of_one_chat_are_never_open_together_but_safety_does_not_wait() -> None:
    async def scene() -> None:
        server = Server(Pace())
        await asyncio.gather(
            server.send(Lane.REPLY, "a"),
            server.send(Lane.REPLY, "a"),
            server.send(Lane.SAFETY, "a"),
        )
        assert [(round(t, 3), lane) for t, lane, _ in server.grants] == [
            (0.0, Lane.REPLY),
            (0.0, Lane.SAFETY),
            (1.06, Lane.REPLY),
        ]

    run(scene())


def test_a_chat_that_must_wait_does_not_hold_up_the_others() -> None:
    async def scene() -> None:
        server = Server(Pace())
        await asyncio.gather(
            *(server.send(Lane.REPLY, "a") for _ in range(3)), server.send(Lane.SUMMARY, "b")
        )
        assert [chat for _, _, chat in server.grants] == ["a", "b", "a", "a"]

    run(scene())


def test_lanes_go_in_order_and_within_a_lane_who_came_first() -> None:
    async def scene() -> None:
        server = Server(Pace(per_second=1))
        wanted = [(lane, f"{lane.name} {n}") for n in range(3) for lane in reversed(Lane)]
        await asyncio.gather(
            server.send(Lane.REPLY, "the one before"), *(server.send(*who) for who in wanted)
        )
        expected = sorted(wanted, key=lambda who: who[0])
        assert [(lane, chat) for _, lane, chat in server.grants[1:]] == expected

    run(scene())


def test_who_waited_for_a_chat_goes_before_who_came_later() -> None:
    async def scene() -> None:
        server = Server(Pace(per_second=1))
        first = asyncio.gather(server.send(Lane.REPLY, "a"), server.send(Lane.REPLY, "a"))
        await asyncio.sleep(0.5)
        await asyncio.gather(server.send(Lane.REPLY, "b", latency_s=0), first)
        assert [chat for _, _, chat in server.grants] == ["a", "a", "b"]

    run(scene())


def test_waiting_work_goes_out_at_28_a_second_at_60_ms() -> None:
    async def scene() -> None:
        server = Server(Pace())
        await asyncio.gather(*(server.send(Lane.NUDGE, str(n)) for n in range(1_000)))
        took_s = asyncio.get_running_loop().time()
        assert 1_000 / took_s >= 28
        assert server.most_in_a_second() <= 30

    run(scene())


def test_a_burst_of_replies_does_not_wait_and_bulk_is_spread_evenly() -> None:
    async def scene() -> None:
        server = Server(Pace())
        await asyncio.gather(*(server.send(Lane.REPLY, str(n)) for n in range(30)))
        assert {t for t, _, _ in server.grants} == {0.0}
        await asyncio.sleep(5)
        server.grants.clear()
        await asyncio.gather(*(server.send(Lane.CHECKIN, str(n)) for n in range(10)))
        times = [t for t, _, _ in server.grants]
        gaps = [b - a for a, b in pairwise(times)]
        assert gaps == [pytest.approx(1 / 30)] * 9

    run(scene())


def test_safety_goes_before_ten_thousand_waiting_nudges() -> None:
    async def scene() -> None:
        server = Server(Pace())
        time = asyncio.get_running_loop().time
        async with asyncio.TaskGroup() as group:
            nudges = [
                group.create_task(server.send(Lane.NUDGE, str(n % 4_000))) for n in range(10_000)
            ]
            await asyncio.sleep(20)
            for n in range(50):
                await asyncio.sleep(0.1 + 0.0371 * (n % 11))
                asked_at_s, granted_before = time(), len(server.grants)
                async with server.pace.turn(Lane.SAFETY, "7") as turn:
                    assert len(server.grants) == granted_before
                    assert turn.waited_s == pytest.approx(time() - asked_at_s)
                    # one gap, and one latency, in which the window's second does not move
                    assert turn.waited_s < 1 / 30 + 0.06 + EXACT_S
            for nudge in nudges:
                nudge.cancel()
            assert server.pace.waiting > 8_000
        assert server.pace.waiting == 0

    run(scene())


def test_a_hold_turns_away_all_but_safety_which_goes_first_when_it_ends() -> None:
    async def scene() -> None:
        server = Server(Pace(per_second=1))
        async with asyncio.TaskGroup() as group:
            group.create_task(server.send(Lane.REPLY, "a"))
            await asyncio.sleep(0.01)
            for lane in Lane:
                group.create_task(server.send(lane, "b"))
            await asyncio.sleep(0.01)
            server.pace.hold(30)
            assert server.pace.waiting == 1
            await asyncio.sleep(1)
            assert server.held == 4
            with pytest.raises(Held) as refusal:
                async with server.pace.turn(Lane.REPLY, "c"):
                    raise AssertionError("nothing may go in a hold")
            assert refusal.value.for_s == pytest.approx(29, abs=0.1)
            assert refusal.value.until_s == pytest.approx(30.02)
            await asyncio.sleep(29)
            group.create_task(server.send(Lane.REPLY, "c"))
        assert [lane for _, lane, _ in server.grants] == [Lane.REPLY, Lane.SAFETY, Lane.REPLY]
        assert server.grants[1][0] == pytest.approx(30.02)

    run(scene())


def test_a_hold_only_grows() -> None:
    async def scene() -> None:
        pace = Pace()
        pace.hold(10)
        pace.hold(3)
        assert pace.held_for_s == pytest.approx(10)
        await asyncio.sleep(8)
        pace.hold(5)
        assert pace.held_for_s == pytest.approx(5)
        pace.hold(0)
        assert pace.held_for_s == pytest.approx(5)
        await asyncio.sleep(6)
        assert pace.held_for_s == 0

    run(scene())


def test_a_waiter_cancelled_just_as_its_turn_came_gives_the_turn_back() -> None:
    async def scene() -> None:
        server = Server(Pace(per_second=1))
        loop = asyncio.get_running_loop()
        entered = False

        async def wait() -> None:
            nonlocal entered
            async with server.pace.turn(Lane.REPLY, "b"):
                entered = True

        async with server.pace.turn(Lane.REPLY, "a"):
            task = loop.create_task(wait())
            await asyncio.sleep(0)
        # The window opens at 1 s: the timer of the pace keeper was set before this one.
        loop.call_at(1.0, task.cancel)
        await asyncio.wait([task])
        assert task.cancelled()
        assert not entered
        await server.send(Lane.REPLY, "c", latency_s=0)
        [(at_s, lane, chat)] = server.grants
        assert at_s == pytest.approx(1.0)
        assert (lane, chat) == (Lane.REPLY, "c")
        await asyncio.sleep(1)
        assert server.pace.chats == 0

    run(scene())


def test_chats_are_forgotten_a_second_after_their_last_message() -> None:
    async def scene() -> None:
        server = Server(Pace())
        most = 0
        for n in range(1_000):
            await server.send(Lane.REPLY, str(n))
            most = max(most, server.pace.chats)
        assert most <= 30
        await asyncio.sleep(1.01)
        assert server.pace.chats == 0

    run(scene())


def test_lines_forget_those_who_left() -> None:
    async def scene() -> None:
        pace = Pace(per_second=1)
        async with pace.turn(Lane.SAFETY, "first"), asyncio.TaskGroup() as group:
            # It stays at the head, so that nobody behind it is ever looked at.
            stays = group.create_task(Server(pace).send(Lane.SAFETY, "second"))
            for _ in range(5):
                tasks = [
                    asyncio.get_running_loop().create_task(Server(pace).send(Lane.NUDGE, str(n)))
                    for n in range(2_000)
                ]
                await asyncio.sleep(0)
                assert pace.waiting == 2_001
                for task in tasks:
                    task.cancel()
                await asyncio.wait(tasks)
                assert pace.waiting == 1
                assert len(pace._ready._heap) <= 18
            stays.cancel()

    run(scene())


def test_another_clock_can_be_given() -> None:
    async def scene() -> None:
        readings = iter([100.0, 100.0, 101.0, 103.0, 103.0])
        pace = Pace(now=lambda: next(readings, 104.0))
        pace.hold(2.5)
        assert pace.held_for_s == pytest.approx(1.5)
        assert pace.held_for_s == 0

    run(scene())


@pytest.mark.parametrize(("per_second", "per_chat_s"), [(0, 1.0), (30, -1.0)])
def test_a_pace_that_cannot_be_kept_is_refused(per_second: int, per_chat_s: float) -> None:
    with pytest.raises(ValueError, match="pace"):
        Pace(per_second, per_chat_s)


def test_a_waiter_cancelled_before_its_task_could_clear_up_is_passed_over() -> None:
    async def scene() -> None:
        clock_s = 0.0
        pace = Pace(per_second=1, now=lambda: clock_s)
        async with pace.turn(Lane.REPLY, "a"):
            tasks = [
                asyncio.get_running_loop().create_task(Server(pace).send(lane, "b"))
                for lane in (Lane.SAFETY, Lane.NUDGE)
            ]
            await asyncio.sleep(0)
        clock_s = 2.0
        for task in tasks:
            task.cancel()
        pace.hold(0)  # serves the line while the cancelled tasks have yet to run
        assert pace.waiting == 0
        await asyncio.wait(tasks)
        async with pace.turn(Lane.REPLY, "c") as turn:
            assert turn.waited_s == 0

    run(scene())
