"""`python -m bot …` as a process of its own: what stops a start is one line, and exit code 2."""

import asyncio
import os
import signal
import socket
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from bot.clock import MovableClock
from bot.sandbox import SANDBOX_TOKEN, World, serve
from bot.storage.opening import claim_folder, open_database, sqlite_url

ROOT = Path(__file__).parents[1]
TOKEN = "1:an-invented-token"
LIKE_A_REAL_ONE = f"1234567:{'x' * 35}"  # the sandbox answers such a token with 401


def environment(data: Path, **more: str) -> dict[str, str]:
    own = {f"STILLWATER_{name}": value for name, value in more.items()}
    rest = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("STILLWATER_") and name != "PYTHONWARNINGS"
    }
    return {**rest, "STILLWATER_DATA_DIR": str(data), **own}


def start(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    data = Path(variables.pop("DATA_DIR"))
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        env=environment(data, **variables),
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def refused(*arguments: str, **variables: str) -> str:
    """The one line with which a start is refused."""
    done = start(*arguments, **variables)
    assert done.returncode == 2, done.stderr
    (line,) = done.stderr.splitlines()
    assert line.startswith("stillwater: ")
    assert "Traceback" not in done.stdout
    for secret in variables.values():
        assert secret == variables.get("DATA_DIR") or TOKEN not in line
    return line.removeprefix("stillwater: ")


async def used_before(data: Path) -> None:
    data.mkdir()
    opened = await open_database(sqlite_url(data), data / "key")
    await opened.database.close()


def test_without_a_token_nothing_is_opened(tmp_path: Path) -> None:
    line = refused("run", DATA_DIR=str(tmp_path / "data"))
    assert line.startswith("STILLWATER_TOKEN: it is missing")
    assert not (tmp_path / "data").exists()


def test_a_wrong_setting_is_named(tmp_path: Path) -> None:
    line = refused("run", DATA_DIR=str(tmp_path), TOKEN="half a token")
    assert line.startswith("STILLWATER_TOKEN: not usable")


def test_a_data_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    line = refused("run", DATA_DIR=str(tmp_path / "file" / "data"), TOKEN=TOKEN)
    assert line.startswith("STILLWATER_DATA_DIR: ")


def test_a_key_file_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    key = str(tmp_path / "file" / "key")
    line = refused("run", DATA_DIR=str(tmp_path / "data"), TOKEN=TOKEN, KEY_FILE=key)
    assert line.startswith("STILLWATER_KEY_FILE: ")


async def test_a_used_database_without_its_key_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "data"
    await used_before(data)
    (data / "key").unlink()
    before = (data / "stillwater.db").read_bytes()
    line = refused("run", DATA_DIR=str(data), TOKEN=TOKEN)
    assert line.startswith("STILLWATER_KEY_FILE: ")
    assert (data / "stillwater.db").read_bytes() == before
    assert not (data / "key").exists()


async def test_a_database_of_a_newer_version_is_refused(tmp_path: Path) -> None:
    data = tmp_path / "data"
    await used_before(data)
    with sqlite3.connect(data / "stillwater.db") as file:
        file.execute("UPDATE alembic_version SET version_num = '9999'")
    file.close()
    assert "newer version" in refused("run", DATA_DIR=str(data), TOKEN=TOKEN)


def test_a_file_that_is_no_database_is_refused(tmp_path: Path) -> None:
    (tmp_path / "stillwater.db").write_bytes(b"no database at all " * 300)
    assert "cannot be opened" in refused("run", DATA_DIR=str(tmp_path), TOKEN=TOKEN)


def test_a_database_in_a_folder_that_is_missing_is_refused(tmp_path: Path) -> None:
    url = f"sqlite+aiosqlite:///{tmp_path / 'missing' / 'stillwater.db'}"
    line = refused("run", DATA_DIR=str(tmp_path), TOKEN=TOKEN, DATABASE_URL=url)
    assert "cannot be opened" in line


@pytest.mark.postgres
def test_a_server_that_is_not_there_is_refused(tmp_path: Path) -> None:
    url = "postgresql+asyncpg://u:hidden@127.0.0.1:1/n"
    line = refused("run", DATA_DIR=str(tmp_path), TOKEN=TOKEN, DATABASE_URL=url)
    assert line.startswith("STILLWATER_DATABASE_URL: ")
    assert "hidden" not in line


def test_a_second_process_on_the_same_folder_is_refused(tmp_path: Path) -> None:
    lock = claim_folder(tmp_path, alone=True)
    line = refused("run", DATA_DIR=str(tmp_path), TOKEN=TOKEN)
    os.close(lock)
    assert line.startswith("STILLWATER_DATA_DIR: another Stillwater runs")


def test_a_second_process_on_the_same_sqlite_file_is_refused_however_it_is_named(
    tmp_path: Path,
) -> None:
    lock = claim_folder(tmp_path, alone=True)
    line = refused("run", DATA_DIR=str(tmp_path), TOKEN=TOKEN, DATABASE_URL=sqlite_url(tmp_path))
    os.close(lock)
    assert line.startswith("STILLWATER_DATA_DIR: another Stillwater runs")


@contextmanager
def taken_port() -> Iterator[int]:
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        yield holder.getsockname()[1]


def test_a_port_in_use_stops_the_sandbox(tmp_path: Path) -> None:
    with taken_port() as port:
        line = refused(
            "sandbox", "--no-browser", "--port", str(port), DATA_DIR=str(tmp_path / "data")
        )
    assert line.startswith(f"sandbox: port {port} cannot be used")


async def test_a_port_in_use_stops_the_webhook_before_telegram_is_asked(tmp_path: Path) -> None:
    await used_before(tmp_path / "data")
    with taken_port() as port:
        line = refused(
            "run",
            DATA_DIR=str(tmp_path / "data"),
            TOKEN=TOKEN,
            API_URL="http://127.0.0.1:1",
            MODE="webhook",
            WEBHOOK_URL="https://bot.example/hook",
            WEBHOOK_SECRET="a-secret-of-the-webhook",
            LISTEN=f"127.0.0.1:{port}",
        )
    assert line.startswith(f"STILLWATER_LISTEN: 127.0.0.1 port {port} cannot be used")


async def started(data: Path, root: str, token: str, **more: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bot",
        "run",
        env=environment(data, TOKEN=token, API_URL=root, **more),
        cwd=ROOT,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )


async def said(process: asyncio.subprocess.Process, event: str) -> list[bytes]:
    """The log's lines up to and with the one that names the event."""
    assert process.stderr is not None
    lines = []
    async for line in process.stderr:
        lines.append(line)
        if f'"{event}"'.encode() in line:
            return lines
    raise AssertionError(b"".join(lines).decode())


async def test_a_bot_starts_says_so_and_stops_when_asked(tmp_path: Path) -> None:
    async with serve(World(MovableClock())) as root:
        process = await started(tmp_path / "data", root, SANDBOX_TOKEN)
        lines = await said(process, "started")
        process.send_signal(signal.SIGTERM)
        _, rest = await process.communicate()
    assert process.returncode == 0
    assert any(b"key_made" in line for line in lines)
    assert b'"stopped"' in rest
    assert SANDBOX_TOKEN.encode() not in b"".join(lines) + rest


async def test_a_bot_in_webhook_mode_answers_an_update_and_gives_its_port_back(
    tmp_path: Path,
) -> None:
    with taken_port() as port:
        pass
    world = World(MovableClock(), webhook_retry_s=0.01)
    more = {
        "MODE": "webhook",
        "WEBHOOK_URL": f"http://127.0.0.1:{port}/hook",
        "WEBHOOK_SECRET": "a-secret-of-the-webhook",
        "LISTEN": f"127.0.0.1:{port}",
    }
    async with serve(world) as root, httpx.AsyncClient(base_url=root, trust_env=False) as http:
        process = await started(tmp_path / "data", root, SANDBOX_TOKEN, **more)
        lines = await said(process, "started")
        person = (await http.post("/sim/people", json={})).json()["id"]
        await http.post("/sim/say", json={"person": person, "text": "/help"})
        while not world.ledger.requests("sendMessage")["sendMessage"]["count"]:  # noqa: ASYNC110 - another process acts
            await asyncio.sleep(0.02)
        process.send_signal(signal.SIGTERM)
        _, rest = await process.communicate()
    assert process.returncode == 0
    assert b"Traceback" not in b"".join(lines) + rest
    with socket.socket() as again:
        again.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        again.bind(("127.0.0.1", port))


async def test_a_database_that_another_bot_filled_is_refused(tmp_path: Path) -> None:
    async with serve(World(MovableClock())) as root:
        data = tmp_path / "data"
        await used_before(data)
        with sqlite3.connect(data / "stillwater.db") as file:
            file.execute("INSERT INTO meta VALUES ('bot_id', ?)", (b"424242",))
        file.close()
        process = await started(data, root, SANDBOX_TOKEN)
        _, told = await process.communicate()
    assert process.returncode == 2
    assert b"belongs to another bot" in told
    assert b"Traceback" not in told


async def test_a_token_that_telegram_does_not_know_stops_the_start(tmp_path: Path) -> None:
    async with serve(World(MovableClock())) as root:
        process = await started(tmp_path / "data", root, LIKE_A_REAL_ONE)
        _, told = await process.communicate()
    assert process.returncode == 2
    assert b"Telegram does not know this token" in told
    assert b"Traceback" not in told
