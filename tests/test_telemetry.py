"""Nothing of a person and nothing of the token in any log line, and in no file as clear text."""

import asyncio
import gc
import sqlite3
from pathlib import Path

import pytest

from bot.delivery import ingest
from bot.sandbox import SANDBOX_TOKEN
from bot.services.diary import Diary
from bot.storage import database as storage_database
from tests.chat import Person
from tests.house import House

SECRET = "canaryword in my note"
NAME = "Canaryname"
NUMBER = 424_242_424_242
TOKEN = "987654321:" + "AAinvented" * 3 + "token"
TRACES = ("canaryword", "Canaryname", str(NUMBER), SANDBOX_TOKEN, TOKEN)


@pytest.fixture
async def canary(house: House) -> Person:
    return await house.person(NAME, id=NUMBER)


def traces_in(text: str) -> list[str]:
    return [trace for trace in TRACES if trace.lower() in text.lower()]


def traces_below(folder: Path) -> list[tuple[str, str]]:
    found = []
    for file in folder.rglob("*"):
        if file.is_file():
            content = file.read_bytes().lower()
            found += [
                (file.name, trace)
                for trace in TRACES
                if trace.lower().encode() in content or trace.lower().encode("utf-16-le") in content
            ]
    return found


async def goes_everywhere(person: Person) -> None:
    """Words, names and buttons through every route of the front door."""
    house = person.house
    await person.says(f"/start {SECRET.replace(' ', '_')}")
    await person.says(f"/help {SECRET}")
    await person.says(SECRET)
    await person.taps("label-help-now")
    await person.taps("start-yes-adult")
    await person.taps("consent-yes")
    await person.sees("join-place")
    await person.says(SECRET)
    await person.sees("place-unknown")
    await person.says("Berlin")
    await person.taps("label-yes")
    await person.says(SECRET)
    await person.taps("08:00")
    await person.sees("join-done")
    await person.checks_in("sleep")
    await person.says(SECRET)
    await person.sees("reason-not-understood")
    await person.writes_note(SECRET)
    await person.edits(f"{SECRET} changed")
    await person.sees("note-changed")
    await person.says(f"/today {SECRET}")
    await person.sees(SECRET)
    await person.says(f"/sos {SECRET}")
    await person.sees("sos-title")
    await person.says(f"/{SECRET.split()[0]}")
    await person.presses(SECRET.replace(" ", ":"), on=await person.last())
    await person.sends(photo=[], caption=SECRET)
    await person.sends(contact={"phone_number": "+49", "first_name": SECRET})
    await person.says(f"/stop {SECRET}")
    await person.sees("stopped")
    await person.blocks()
    await person.unblocks()
    await house.quiet()


async def test_no_route_leaves_a_trace_in_the_log_or_on_the_disk(
    house: House, canary: Person, capfd: pytest.CaptureFixture[str]
) -> None:
    await goes_everywhere(canary)
    assert await house.answers("note") == [f"{SECRET} changed"]
    await house.restart()
    assert "started" in house.events()
    assert traces_in(house.log.getvalue()) == []
    assert traces_in("".join(capfd.readouterr())) == []
    assert traces_below(house.settings.data_dir) == []
    await house.close()
    assert traces_below(house.settings.data_dir) == []


async def test_a_handler_that_crashes_leaves_no_trace_and_the_person_hears_of_it(
    house: House,
    canary: Person,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    async def crash(_diary: Diary, _caller: object) -> None:
        raise RuntimeError(f"{SECRET} of {NAME} ({NUMBER}) with {SANDBOX_TOKEN}")

    house.expected |= {"update_failed", "dead_letter"}
    monkeypatch.setattr(Diary, "today", crash)
    await canary.says(f"/today {SECRET}")
    await canary.sees("sorry-dead")
    assert "Help now" in await canary.buttons()
    assert house.events().count("update_failed") == 3
    assert house.events().count("dead_letter") == 1
    assert traces_in(house.log.getvalue()) == []
    assert traces_in("".join(capfd.readouterr())) == []
    assert traces_below(house.settings.data_dir) == []


async def test_an_update_that_cannot_be_read_leaves_no_trace(
    house: House, canary: Person, capfd: pytest.CaptureFixture[str]
) -> None:
    house.expected |= {"update_unreadable"}
    poison = canary.raw(SECRET, photo=SECRET, date=SECRET)
    await house.update(update_id=canary.fresh_update_id(), message=poison)
    await canary.sees("cannot-read")
    await canary.says("/help")
    await canary.sees("help-text")
    assert traces_in(house.log.getvalue()) == []
    assert traces_in("".join(capfd.readouterr())) == []


async def test_a_database_that_is_locked_leaves_no_trace_and_nothing_is_lost(
    house: House,
    canary: Person,
    monkeypatch: pytest.MonkeyPatch,
    capfd: pytest.CaptureFixture[str],
) -> None:
    house.expected |= {"database_down", "update_failed", "tick_failed"}
    monkeypatch.setitem(storage_database.PRAGMAS, "busy_timeout", 50)
    monkeypatch.setattr(ingest, "STRAIGHT_TO_SPOOL_S", 0.2)
    await house.restart()
    await canary.joins()
    await canary.checks_in("note")
    await house.quiet()
    locker = sqlite3.connect(house.settings.data_dir / "stillwater.db", isolation_level=None)
    locker.execute("BEGIN IMMEDIATE")
    await canary.says(SECRET)
    await house.until(lambda: "database_down" in house.events(), "the lock to be noticed")
    spool = house.settings.spool_dir
    await house.until(lambda: list(spool.glob("*.sealed")), "the update on the disk")
    await canary.says("/sos")
    await canary.sees("sos-title")
    assert traces_below(house.settings.data_dir) == []
    locker.execute("ROLLBACK")
    locker.close()
    await canary.sees("checkin-done")
    assert await house.answers("note") == [SECRET]
    assert traces_in(house.log.getvalue()) == []
    assert traces_in("".join(capfd.readouterr())) == []


async def test_telegram_refusing_leaves_no_trace(
    house: House, canary: Person, capfd: pytest.CaptureFixture[str]
) -> None:
    house.expected.add("send_failed")
    text = f"Bad Request: {SECRET}"
    await house.sim("faults", kind="400", method="sendMessage", times=1, description=text)
    await canary.says(SECRET)
    await house.quiet()
    assert "send_failed" in house.events()
    assert traces_in(house.log.getvalue()) == []
    assert traces_in("".join(capfd.readouterr())) == []


async def fails_alone() -> None:
    raise ValueError(f"{SECRET} of {NAME} ({NUMBER}) with {TOKEN}")


async def lose_a_task() -> None:
    """A task that fails, and whose failure nobody asks for."""
    lost = asyncio.ensure_future(fails_alone())  # noqa: TID251 - losing it is what is tested
    await asyncio.wait([lost])


async def test_the_running_bot_names_what_nobody_awaited_by_its_type_alone(
    house: House, capfd: pytest.CaptureFixture[str]
) -> None:
    await lose_a_task()
    asyncio.get_running_loop().call_soon(int, SECRET)
    gc.collect()
    await house.until(lambda: house.events().count("loop_error") == 2, "both errors")
    assert traces_in(house.log.getvalue()) == []
    assert traces_in("".join(capfd.readouterr())) == []
