"""Several workers over one database: every piece of work is done by one of them."""

import asyncio
from collections import Counter
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest
from uuid_utils.compat import uuid7

from bot.domain.schedules import EVERY_DAY
from bot.errors import Stale, StorageUnavailable
from bot.storage import inbox, leadership, outbox, schedules
from bot.storage.database import Database
from bot.storage.inbox import Arrival
from bot.storage.tables import person, schedule
from tests.databases import vault
from tests.storage.conftest import NOW
from tests.storage.posting import entry

WORKERS = 4
PEOPLE = 2_000
BATCH = 100


async def crowd(database: Database) -> None:
    """People with one schedule each, due at NOW."""
    ids = [uuid7() for _ in range(PEOPLE)]
    async with database.begin() as run:
        await run(
            person.insert(),
            [
                {
                    "id": each,
                    "chat_hash": each.bytes,
                    "chat_sealed": b"",
                    "language": "en",
                    "zone": "UTC",
                    "consent_version": 1,
                    "consented_at": NOW,
                }
                for each in ids
            ],
        )
        await run(
            schedule.insert(),
            [
                {
                    "id": uuid7(),
                    "person_id": each,
                    "kind": "daily",
                    "wall_minutes": 720,
                    "weekdays": EVERY_DAY,
                    "zone": "UTC",
                    "next_due_at": NOW,
                }
                for each in ids
            ],
        )


async def several(stack: AsyncExitStack, url: str) -> list[Database]:
    made = [Database(url, vault()) for _ in range(WORKERS)]
    for each in made:
        stack.push_async_callback(each.close)
    return made


async def test_every_occurrence_is_claimed_exactly_once_by_many_workers(
    database: Database, url: str
) -> None:
    await crowd(database)
    claimed: Counter[object] = Counter()

    async def work(own: Database) -> None:
        while True:
            try:
                async with own.begin() as run:
                    dues = await schedules.claim_due(run, NOW, BATCH)
            except (Stale, StorageUnavailable):
                continue
            if not dues:
                return
            claimed.update((due.schedule_id, due.due_at) for due in dues)

    async with AsyncExitStack() as stack:
        await asyncio.gather(*(work(own) for own in await several(stack, url)))
    assert len(claimed) == PEOPLE
    assert set(claimed.values()) == {1}


async def test_every_update_is_claimed_exactly_once_and_in_order_of_its_chat(
    database: Database, url: str
) -> None:
    arrivals = [
        Arrival(raw=f'{{"n":{number}}}', chat_id=number % 7, update_id=number)
        for number in range(140)
    ]
    async with database.begin() as run:
        await inbox.store(run, arrivals, NOW)
    handled: list[int] = []

    async def work(own: Database, name: str) -> None:
        while len(handled) < len(arrivals):
            async with own.begin() as run:
                letters = await inbox.claim(run, NOW, name, 3)
            for letter in letters:
                handled.append(letter.update["n"])
                async with own.begin() as run:
                    await inbox.settle(run, letter.seq, NOW)

    async with AsyncExitStack() as stack:
        workers = await several(stack, url)
        await asyncio.gather(*(work(own, f"{n}") for n, own in enumerate(workers)))
    assert sorted(handled) == list(range(140))
    for chat in range(7):
        mine = [number for number in handled if number % 7 == chat]
        assert mine == sorted(mine)


async def test_every_message_is_claimed_exactly_once(database: Database, url: str) -> None:
    async with database.begin() as run:
        await outbox.put(run, [entry(f"{n}", chat_id=3000 + n) for n in range(200)], NOW)
    claimed: list[str] = []

    async def work(own: Database, name: str) -> None:
        while True:
            async with own.begin() as run:
                parcels = await outbox.claim(run, NOW, name, 7)
            if not parcels:
                return
            claimed.extend(parcel.dedupe for parcel in parcels)

    async with AsyncExitStack() as stack:
        workers = await several(stack, url)
        await asyncio.gather(*(work(own, f"{n}") for n, own in enumerate(workers)))
        async with database.begin() as run:  # what one looked at while another held it
            rest = await outbox.claim(run, NOW, "last", 200)
    assert sorted(claimed + [each.dedupe for each in rest], key=int) == [str(n) for n in range(200)]


@pytest.mark.postgres
async def test_one_worker_leads_and_another_takes_over_when_it_is_gone(
    postgres_migrated: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leadership, "TRY_EVERY_S", 0.02)
    monkeypatch.setattr(leadership, "STILL_HELD_EVERY_S", 0.02)
    leads: asyncio.Queue[str] = asyncio.Queue()
    leading: set[str] = set()

    async def lead(own: Database, name: str) -> None:
        async def body() -> None:
            assert not leading
            leading.add(name)
            leads.put_nowait(name)
            try:
                await asyncio.Event().wait()
            finally:
                leading.discard(name)

        await leadership.lead(own, "sending", body)

    async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
        workers = (await several(stack, postgres_migrated))[:2]
        tasks = {f"{n}": group.create_task(lead(own, f"{n}")) for n, own in enumerate(workers)}
        first = await leads.get()
        tasks.pop(first).cancel()
        second = await leads.get()
        assert second != first
        tasks.pop(second).cancel()


@pytest.mark.postgres
async def test_a_leader_whose_work_failed_leaves_the_role_to_whoever_comes(
    postgres_migrated: str,
) -> None:
    async def fails() -> None:
        raise ZeroDivisionError

    led = asyncio.Event()

    async def succeeds() -> None:
        led.set()
        await asyncio.Event().wait()

    async with AsyncExitStack() as stack, asyncio.TaskGroup() as group:
        one, two, *_ = await several(stack, postgres_migrated)
        with pytest.raises(ZeroDivisionError):
            await leadership.lead(one, "sending", fails)
        task = group.create_task(leadership.lead(two, "sending", succeeds))
        await led.wait()
        task.cancel()


async def test_on_sqlite_there_is_one_process_and_it_leads(sqlite_database: Database) -> None:
    ran: list[bool] = []

    async def body() -> None:
        ran.append(True)

    await leadership.lead(sqlite_database, "polling", body)
    assert ran == [True]


def test_a_lease_outlasts_the_longest_that_its_work_may_take() -> None:
    from bot.delivery.lanes import HANDLING_S
    from bot.delivery.telegram_side import CONNECT_S, POOL_S, UPLOAD_S

    assert timedelta(seconds=HANDLING_S) < inbox.LEASE
    assert timedelta(seconds=CONNECT_S + POOL_S + UPLOAD_S) < outbox.LEASE
