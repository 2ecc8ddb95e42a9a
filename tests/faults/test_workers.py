"""F33 and its like: several workers on one PostgreSQL, and the webhook."""

import asyncio
import os
import socket
import sys
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from uuid import UUID

import pytest
from sqlalchemy import func, select
from uuid_utils.compat import uuid7

from bot.clock import SystemClock
from bot.domain.schedules import EVERY_DAY
from bot.storage.opening import open_database
from bot.storage.people import chat_hash
from bot.storage.tables import outbox, person, schedule
from tests.faults.books import read_books
from tests.faults.checks import Crashes, examine
from tests.faults.conftest import next_minute, planned
from tests.faults.crowd import Crowd
from tests.faults.stage import ROOT, Life, Stage
from tests.postgres import Cluster, Unavailable, cluster

pytestmark = pytest.mark.faults

WORKERS = 4
ROWS = 10_000


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    with cluster() as found:
        if isinstance(found, Unavailable):
            pytest.skip(found.reason)
        yield found


async def fill(place: Stage, url: str) -> None:
    """Ten thousand people whose nudge fell due five minutes ago."""
    due = SystemClock().now().replace(second=0, microsecond=0) - timedelta(minutes=5)
    opened = await open_database(url, place.data / "key")
    ids: list[UUID] = [uuid7() for _ in range(ROWS)]
    async with opened.database.begin() as run:
        people = [
            {
                "id": each,
                "chat_hash": chat_hash(run, number),
                "chat_sealed": run.vault.seal(str(number), f"person.chat|{each}"),
                "language": "en",
                "zone": "UTC",
                "consent_version": 1,
                "consented_at": due,
                "joined_at": due,
            }
            for number, each in enumerate(ids, 1)
        ]
        plans = [
            {
                "id": uuid7(),
                "person_id": each,
                "kind": "nudge",
                "wall_minutes": due.hour * 60 + due.minute,
                "weekdays": EVERY_DAY,
                "zone": "UTC",
                "next_due_at": due,
            }
            for each in ids
        ]
        for at in range(0, ROWS, 1000):
            await run(person.insert(), people[at : at + 1000])
            await run(schedule.insert(), plans[at : at + 1000])
    await opened.database.close()


async def racer(place: Stage, url: str) -> asyncio.subprocess.Process:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("STILLWATER_")}
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.faults.racing",
        cwd=ROOT,
        env={**inherited, **place.variables(database_url=url)},
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )


@pytest.mark.postgres
async def test_f33_four_workers_race_for_ten_thousand_due_rows_and_each_is_claimed_once(
    place: Stage, server: Cluster
) -> None:
    url = server.create_database("race")
    await fill(place, url)
    racers = [await racer(place, url) for _ in range(WORKERS)]
    try:
        for each in racers:
            assert each.stdout is not None
            assert await each.stdout.readline() == b"ready\n"
        results = await asyncio.gather(*(each.communicate(b"go\n") for each in racers))
    finally:
        for each in racers:
            if each.returncode is None:
                each.kill()
                await each.wait()
    claimed = [int(output.split()[0]) for output, _ in results]
    assert sum(claimed) == ROWS
    assert sum(1 for number in claimed if number) > 1  # it was a race
    opened = await open_database(url, place.data / "key")
    async with opened.database.peek() as run:
        rows = (await run(select(func.count(outbox.c.seq)))).scalar_one()
        chats = (await run(select(func.count(func.distinct(outbox.c.chat_hash))))).scalar_one()
    await opened.database.close()
    assert (rows, chats) == (ROWS, ROWS)


async def mixed_load(place: Stage, crowd: Crowd, rounds: int) -> None:
    for _ in range(rounds):
        crowd.act(crowd.chance.choice([*crowd.members, *crowd.strangers]))
        await asyncio.sleep(0.02)


async def pg_quiet(place: Stage, url: str) -> None:
    opened = await open_database(url, place.data / "key")
    try:
        async with asyncio.timeout(60):
            while True:
                async with opened.database.peek() as run:
                    live = select(func.count()).where(outbox.c.state.in_(("queued", "sending")))
                    messages = (await run(live)).scalar_one()
                books = await read_books(url, place.data, place.world)
                done = all(kept.state in ("done", "dead") for kept in books.kept)
                if done and not messages and not len(place.world.updates):
                    return
                await asyncio.sleep(0.2)
    finally:
        await opened.database.close()


@pytest.mark.postgres
async def test_four_workers_share_lanes_outbox_and_due_table_without_a_double(
    place: Stage, crowd: Crowd, server: Cluster
) -> None:
    url = server.create_database("shared")
    due = next_minute(place, timedelta(minutes=5))
    for number in range(5001, 5101):
        planned(crowd, number, "daily" if number % 2 else "nudge", due)
    await crowd.settle(100, 5, url)
    lives = await asyncio.gather(
        *(place.start(database_url=url, send_rate="1000") for _ in range(WORKERS))
    )
    await asyncio.gather(*(life.ready() for life in lives))
    await mixed_load(place, crowd, 60)
    await pg_quiet(place, url)  # a jump would end the lane's wait for first aid
    place.world.time.move_to(due + timedelta(seconds=1))
    await mixed_load(place, crowd, 60)
    await pg_quiet(place, url)
    assert await asyncio.gather(*(life.stop() for life in lives)) == [0] * WORKERS
    books = await read_books(url, place.data, place.world)
    now = place.world.clock.now()
    findings = examine(books, Crashes(calls=crowd.calls), crowd.plans, now)
    assert findings.broken == []
    assert findings.extra_copies == 0
    assert Counter(row.lane.name for row in books.said)["NUDGE"] == 50


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def webhook_bot(place: Stage, port: int) -> Life:
    return await place.start(
        mode="webhook",
        webhook_url=f"http://127.0.0.1:{port}/hook",
        webhook_secret="sixteen-letters-at-least",
        listen=f"127.0.0.1:{port}",
    )


async def test_by_webhook_a_mixed_load_and_a_kill_lose_and_double_nothing(
    place: Stage, crowd: Crowd
) -> None:
    await crowd.settle(20, 3)
    port = free_port()
    life = await webhook_bot(place, port)
    await life.ready()
    await mixed_load(place, crowd, 40)
    await life.kill()
    crashes = Crashes(calls=crowd.calls)
    crashes.note(place)
    life = await webhook_bot(place, port)
    await life.ready()
    await mixed_load(place, crowd, 20)
    await place.until(place.quiet)
    assert await life.stop() == 0
    books = await read_books(place.url, place.data, place.world)
    assert len(books.kept) >= 40
    assert examine(books, crashes).broken == []
