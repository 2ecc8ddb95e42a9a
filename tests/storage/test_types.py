from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite

from bot.storage.database import Database
from bot.storage.opening import put_meta
from bot.storage.tables import meta, schedule
from bot.storage.types import Key, UTCDateTime
from tests.storage.conftest import NOW, joined

DIALECTS = [sqlite.dialect(), postgresql.dialect()]  # type: ignore[no-untyped-call]

moments = st.datetimes(
    min_value=datetime(1900, 1, 2),  # noqa: DTZ001
    max_value=datetime(2200, 1, 1),  # noqa: DTZ001
)
offsets = st.integers(-14 * 60, 14 * 60).map(lambda m: timezone(timedelta(minutes=m)))


@given(moments)
@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda each: each.name)
def test_a_naive_datetime_is_refused(dialect: object, moment: datetime) -> None:
    with pytest.raises(ValueError, match="naive"):
        UTCDateTime().process_bind_param(moment, dialect)  # type: ignore[arg-type]


@given(moments, offsets)
@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda each: each.name)
def test_any_aware_moment_comes_back_as_the_same_moment_in_utc(
    dialect: object, moment: datetime, zone: timezone
) -> None:
    aware = moment.replace(tzinfo=zone)
    kind = UTCDateTime()
    stored = kind.process_bind_param(aware, dialect)  # type: ignore[arg-type]
    found = kind.process_result_value(stored, dialect)  # type: ignore[arg-type]
    assert found == aware
    assert found is not None
    assert found.tzinfo is UTC


@given(st.uuids())
@pytest.mark.parametrize("dialect", DIALECTS, ids=lambda each: each.name)
def test_a_key_comes_back_as_the_same_key(dialect: object, key: UUID) -> None:
    kind = Key()
    stored = kind.process_bind_param(key, dialect)  # type: ignore[arg-type]
    assert kind.process_result_value(stored, dialect) == key  # type: ignore[arg-type]


def test_nothing_stays_nothing() -> None:
    for dialect in DIALECTS:
        for kind in (UTCDateTime(), Key()):
            assert kind.process_bind_param(None, dialect) is None
            assert kind.process_result_value(None, dialect) is None


async def test_the_database_gives_back_an_aware_moment_in_utc(database: Database) -> None:
    person = await joined(database)
    tokyo = NOW.astimezone(timezone(timedelta(hours=9)))
    row = {
        "id": person.id,
        "person_id": person.id,
        "kind": "daily",
        "wall_minutes": 0,
        "weekdays": 127,
        "zone": "UTC",
        "next_due_at": tokyo,
    }
    async with database.begin() as run:
        await run(schedule.insert().values(**row))
        found = (await run(select(schedule.c.next_due_at))).scalar_one()
    assert found == NOW
    assert found.utcoffset() == timedelta()


async def test_the_database_refuses_a_naive_moment(database: Database) -> None:
    person = await joined(database)
    with pytest.raises(Exception, match="naive datetime"):
        async with database.begin() as run:
            await run(
                schedule.insert().values(
                    id=person.id,
                    person_id=person.id,
                    kind="daily",
                    wall_minutes=0,
                    weekdays=127,
                    zone="UTC",
                    next_due_at=datetime(2026, 11, 25),  # noqa: DTZ001 - the mistake in question
                )
            )


async def test_a_fact_about_the_installation_is_replaced_not_repeated(database: Database) -> None:
    async with database.begin() as run:
        await put_meta(run, "fact", b"old")
        await put_meta(run, "fact", b"new")
        rows = (await run(select(meta.c.value).where(meta.c.name == "fact"))).all()
    assert [row.value for row in rows] == [b"new"]
