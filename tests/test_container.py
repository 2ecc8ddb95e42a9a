"""The image without a container engine: what it copies runs, what it pins covers every import."""

import ast
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

import httpx
import pytest

ROOT = Path(__file__).parents[1]
OURS = {"bot", "handlers"}


def _copied() -> set[str]:
    """What the Dockerfile copies out of the repository."""
    lines = (ROOT / "Dockerfile").read_text("utf-8").splitlines()
    copies = [line.split()[1:-1] for line in lines if line.startswith("COPY ")]
    return {source for sources in copies for source in sources if not _is_flag(sources)}


def _is_flag(sources: list[str]) -> bool:
    return sources[0].startswith("--from=")


def _let_through() -> set[str]:
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    return {line.removeprefix("!") for line in lines if line.startswith("!")}


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _pinned() -> set[str]:
    text = (ROOT / "requirements" / "run.txt").read_text("utf-8")
    return {_plain(name) for name in re.findall(r"^([A-Za-z0-9._-]+)==", text, re.MULTILINE)}


def _imports() -> Iterator[tuple[str, str]]:
    """Every foreign top-level module that the running code imports, with the file."""
    for room in sorted(OURS):
        for file in sorted((ROOT / room).rglob("*.py")):
            for node in ast.walk(ast.parse(file.read_text("utf-8"))):
                for module in _modules(node):
                    top = module.split(".")[0]
                    if top not in OURS | sys.stdlib_module_names:
                        yield top, str(file.relative_to(ROOT))


def _modules(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [name.name for name in node.names]
    return [node.module] if isinstance(node, ast.ImportFrom) and node.module else []


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """The folder /app as the image has it."""
    app = tmp_path / "app"
    app.mkdir()
    for name in _copied() - {"requirements/run.txt"}:
        source = ROOT / name
        if source.is_dir():
            ignored = shutil.ignore_patterns("__pycache__", "*.pyc")
            shutil.copytree(source, app / name, ignore=ignored)
        else:
            shutil.copy(source, app / name)
    return app


def _environment(image: Path) -> dict[str, str]:
    return {
        "PYTHONDONTWRITEBYTECODE": "1",
        "PYTHONUNBUFFERED": "1",
        "STILLWATER_DATA_DIR": str(image.parent / "data"),
    }


def _run(
    image: Path, *arguments: str, folder: Path | None = None
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "bot", *arguments],
        cwd=folder or image,
        env=_environment(image),
        capture_output=True,
        text=True,
        check=False,
    )


def test_every_package_that_the_code_imports_is_pinned_for_the_image() -> None:
    owners = packages_distributions()
    pinned = _pinned()
    missing = {
        f"{file}: {module}"
        for module, file in _imports()
        if not pinned & {_plain(name) for name in owners.get(module, [])}
    }
    assert not missing


def test_what_is_copied_is_what_dockerignore_lets_through() -> None:
    assert _copied() == _let_through()
    assert all((ROOT / name).exists() for name in _copied())


def test_the_content_in_the_image_is_found_as_good_as_in_the_repository(image: Path) -> None:
    here, there = _run(image, "content", "check"), _run(image, "content", "check", folder=ROOT)
    assert (here.returncode, here.stdout) == (there.returncode, there.stdout)
    assert here.stdout.splitlines()[-1].startswith("content: ")


def test_the_image_without_a_token_says_so_in_one_line(image: Path) -> None:
    done = _run(image, "run")
    assert done.returncode == 2
    assert done.stderr.startswith("stillwater: STILLWATER_TOKEN: it is missing;")
    assert done.stderr.count("\n") == 1


def test_the_image_is_not_healthy_before_its_first_heartbeat(image: Path) -> None:
    done = _run(image, "health")
    assert (done.returncode, done.stdout) == (1, "health: no heartbeat yet\n")


def test_the_image_runs_writes_only_into_its_data_folder_and_ends_on_its_stop_signal(
    image: Path,
) -> None:
    before = sorted(image.rglob("*"))
    sandbox = subprocess.Popen(
        [sys.executable, "-m", "bot", "sandbox", "--port", "0", "--no-browser"],
        cwd=image,
        env=_environment(image),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    with sandbox:
        assert sandbox.stdout is not None
        address = next(line.split()[-1] for line in sandbox.stdout if "http://" in line)
        page = httpx.get(address).text
        sandbox.send_signal(signal.SIGTERM)
        code = sandbox.wait()
    assert "<title>Stillwater sandbox</title>" in page
    assert code == 0
    assert sorted(image.rglob("*")) == before
