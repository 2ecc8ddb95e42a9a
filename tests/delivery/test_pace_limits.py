import asyncio
from dataclasses import dataclass
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.delivery.pace import Pace
from bot.domain.messages import Lane
from tests.delivery.paced_server import EXACT_S, Server
from tests.virtual_time import run


@dataclass(frozen=True)
class Plan:
    at_s: float
    lane: Lane
    chat: str
    latency_s: float
    arrives: float
    fails: bool
    cancelled_after_s: float | None


plans = st.lists(
    st.builds(
        Plan,
        at_s=st.floats(0, 4),
        lane=st.sampled_from(Lane),
        chat=st.sampled_from("abcdef"),
        latency_s=st.floats(0, 3),
        arrives=st.floats(0, 1),
        fails=st.booleans(),
        cancelled_after_s=st.none() | st.floats(0, 2),
    ),
    max_size=40,
)
holds = st.lists(st.tuples(st.floats(0, 4), st.floats(0, 5)), max_size=3)


async def play(
    server: Server, wanted: list[Plan], stops: list[tuple[float, float]]
) -> list[tuple[float, float]]:
    """Carry out the plans; returns the spans in which nothing may go, as (begin, end)."""
    loop = asyncio.get_running_loop()
    spans: list[tuple[float, float]] = []

    async def one(plan: Plan) -> None:
        await asyncio.sleep(plan.at_s)
        attempt = server.send(plan.lane, plan.chat, plan.latency_s, plan.arrives, plan.fails)
        if plan.cancelled_after_s is None:
            await attempt
            return
        task = loop.create_task(attempt)
        await asyncio.wait([task], timeout=plan.cancelled_after_s)
        task.cancel()
        await asyncio.wait([task])

    async def stop(at_s: float, for_s: float) -> None:
        await asyncio.sleep(at_s)
        server.pace.hold(for_s)
        spans.append((loop.time(), loop.time() + for_s))

    async with asyncio.TaskGroup() as group:
        for plan in wanted:
            group.create_task(one(plan))
        for at_s, for_s in stops:
            group.create_task(stop(at_s, for_s))
    return spans


@settings(max_examples=150, deadline=None)
@given(wanted=plans, stops=holds, per_second=st.integers(1, 6))
def test_whatever_happens_every_limit_is_kept_and_nothing_is_left_behind(
    wanted: list[Plan], stops: list[tuple[float, float]], per_second: int
) -> None:
    async def scene() -> None:
        server = Server(Pace(per_second=per_second))
        spans = await play(server, wanted, stops)

        assert server.most_in_a_second() <= per_second
        for begin_s, end_s in spans:
            assert not [g for g in server.grants if begin_s < g[0] < end_s - EXACT_S]
        for at_s, lane, chat in server.grants:
            recent = [t for t, c in server.answers if c == chat and at_s - 1 + EXACT_S < t < at_s]
            assert lane is Lane.SAFETY or not recent
        bulk = sorted(t for t, lane, _ in server.grants if lane >= Lane.CHECKIN)
        assert all(b - a > 1 / per_second - EXACT_S for a, b in pairwise(bulk))
        never_cancelled = [p for p in wanted if p.cancelled_after_s is None]
        assert len(server.grants) + server.held >= len(never_cancelled)
        assert server.pace.waiting == 0

        await asyncio.sleep(1.1)  # the last rest is over: no chat is remembered
        assert server.pace.chats == 0

        await asyncio.sleep(10)  # and every place is free again
        before_s = asyncio.get_running_loop().time()
        await asyncio.gather(*(server.send(Lane.REPLY, f"new {n}") for n in range(per_second)))
        assert asyncio.get_running_loop().time() - before_s == pytest.approx(0.06)

    run(scene())
