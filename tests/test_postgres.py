import asyncio
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from urllib.parse import urlsplit

import asyncpg
import pytest

from tests import postgres
from tests.postgres import Cluster, Unavailable, cluster

pytestmark = pytest.mark.postgres


@pytest.fixture(scope="module")
def server() -> Iterator[Cluster]:
    with cluster() as found:
        if isinstance(found, Unavailable):
            pytest.skip(found.reason)
        yield found


async def ask(url: str, statement: str) -> object:
    connection = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        return await connection.fetchval(statement)
    finally:
        await connection.close()


async def test_a_database_made_again_is_empty(server: Cluster) -> None:
    url = server.create_database("again")
    await ask(url, "CREATE TABLE note (id integer)")
    assert await ask(url, "SELECT to_regclass('note') IS NOT NULL")
    assert await ask(server.create_database("again"), "SELECT to_regclass('note') IS NULL")


async def test_a_database_goes_even_while_somebody_is_connected(server: Cluster) -> None:
    url = server.create_database("in use").replace("+asyncpg", "").replace(" ", "%20")
    connection = await asyncpg.connect(url)
    server.drop_database("in use")
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await asyncpg.connect(url)
    connection.terminate()


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_server_outlives_the_run(server: Cluster, end: signal.Signals) -> None:
    if os.environ.get(postgres.VARIABLE):
        pytest.skip("the server named in the environment is not ours to stop")
    script = (
        "from tests.postgres import cluster\n"
        "with cluster() as found:\n"
        "    print(found.url, flush=True)\n"
        "    input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as child:
        assert child.stdout is not None
        url = child.stdout.readline().strip()
        assert asyncio.run(ask(url, "SELECT 1")) == 1
        child.send_signal(end)
        child.wait()
    assert asyncio.run(gone(url))


async def gone(url: str) -> bool:
    """Wait until the port is closed; the test's own limit ends the wait if it never is."""
    while True:
        try:
            _, writer = await asyncio.open_connection("127.0.0.1", urlsplit(url).port)
        except ConnectionRefusedError:
            return True
        writer.close()
        await asyncio.sleep(0.05)


def test_without_any_postgresql_the_reason_is_said_and_ci_fails(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv(postgres.VARIABLE, raising=False)
    monkeypatch.delenv("CI", raising=False)
    monkeypatch.setattr(postgres, "_folders", lambda: iter(()))
    with cluster() as found:
        assert isinstance(found, Unavailable)
        assert re.search("no initdb", found.reason)
    monkeypatch.setenv("CI", "true")
    with pytest.raises(RuntimeError, match="no initdb"), cluster():
        raise AssertionError("there is none")


def test_the_server_named_in_the_environment_is_used_as_it_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(postgres.VARIABLE, "postgresql+asyncpg://me@db:5432/postgres")
    with cluster() as found:
        assert found == Cluster("postgresql+asyncpg://me@db:5432/postgres")
