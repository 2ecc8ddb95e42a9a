"""Fixtures for tests that talk to the whole bot."""

import contextlib
import io
import itertools
import logging
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import structlog

from bot import telemetry
from tests.chat import Person
from tests.house import House, housed
from tests.postgres import Cluster, Unavailable, cluster
from tests.templates import copy_template, make_joined_template, make_template

ON_BOTH = pytest.mark.parametrize(
    "database", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)], indirect=True
)
"""For conversations that are held on SQLite and on PostgreSQL; all others are on SQLite."""

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def postgres_cluster() -> Iterator[Cluster | Unavailable]:
    with cluster() as found:
        yield found


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("template")
    make_template(folder)
    return folder


@pytest.fixture(scope="session")
def joined_template(template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("joined") / "data"
    make_joined_template(template, folder)
    return folder


@pytest.fixture
def data_dir(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A data folder, in memory where there is such a place: every reply waits for some fsyncs."""
    has_joined = "joined" in request.fixturenames
    template = request.getfixturevalue("joined_template" if has_joined else "template")
    memory = Path("/dev/shm")
    with tempfile.TemporaryDirectory(dir=memory if memory.is_dir() else None) as folder:
        copy_template(template, Path(folder) / "data")
        yield Path(folder) / "data"


@pytest.fixture
def database(request: pytest.FixtureRequest) -> str | None:
    """The address of a database, None for SQLite in the data folder."""
    if getattr(request, "param", "sqlite") == "sqlite":
        return None
    found = request.getfixturevalue("postgres_cluster")
    if isinstance(found, Unavailable):
        pytest.skip(found.reason)
    return str(found.create_database(f"house_{next(_numbers)}"))


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """Everything that is logged, at DEBUG level, through the bot's own redaction."""
    root = logging.getLogger()
    handlers, level, raising = root.handlers[:], root.level, logging.raiseExceptions
    stream = io.StringIO()
    with contextlib.redirect_stderr(stream):
        telemetry.set_up("DEBUG", as_json=True)
    yield stream
    root.handlers[:], logging.raiseExceptions = handlers, raising
    root.setLevel(level)
    structlog.reset_defaults()


@pytest.fixture
async def house(
    tmp_path: Path,
    database: str | None,
    log: io.StringIO,
    no_certificates: None,
    request: pytest.FixtureRequest,
) -> AsyncIterator[House]:
    folder = tmp_path / "data"
    if database is None:
        folder = request.getfixturevalue("data_dir")
    async with housed(folder, database, log) as found:
        yield found


@pytest.fixture
async def sam(house: House) -> Person:
    """Somebody who has never written to the bot."""
    return await house.person("Sam")


@pytest.fixture
async def joined(house: House, database: str | None) -> Person:
    """Somebody in Berlin who has a check-in at 08:00 every day."""
    person = await house.person("Sam", knows_bot=True)
    if database is not None:  # only SQLite has a template of it
        await person.joins()
    return person


@pytest.fixture
def no_certificates(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The sandbox speaks plain HTTP; reading all certificates five times a start takes 0.1 s."""
    monkeypatch.setenv("SSL_CERT_DIR", str(tmp_path))
