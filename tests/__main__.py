"""What `make test` runs: every test under coverage, then two floors that must hold.

`python -m tests -k words` passes its arguments on to pytest and leaves the floors out, since a
selection cannot reach them.
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]

# Interrupted, no tests collected and the like have codes of their own, which are passed on.
GATE_MISSED = 1

# Most of them wait: for a process to start, for a page, for a lease to run out.
SEVERAL_AT_ONCE = ("-n", "4", "--dist", "loadfile")


@dataclass(frozen=True)
class Floor:
    """A share of lines and branches, in per cent, that the tests must reach in these files."""

    name: str
    percent: int
    include: str


FLOORS = (Floor("bot/domain", 100, "bot/domain/*"), Floor("all code", 85, "bot/*,handlers/*"))


def main(arguments: list[str]) -> int:
    """Run the tests; returns the exit code, pytest's own where the tests failed."""
    if arguments:
        return _say(_python("pytest", *arguments), "the selected tests; floors not looked at")
    _python("coverage", "erase")
    code = _python("pytest", *SEVERAL_AT_ONCE, env=_measured())
    if code:
        return _say(code, "tests; the floors were not looked at")
    if _python("coverage", "combine", "--quiet"):
        return _say(GATE_MISSED, "nothing was measured")
    missed = [floor.name for floor in FLOORS if not _holds(floor)]
    if missed:
        return _say(GATE_MISSED, f"all tests passed, coverage is too low in {' and '.join(missed)}")
    held = ", ".join(f"{floor.name} at least {floor.percent} % covered" for floor in FLOORS)
    return _say(0, f"all tests, {held}")


def _measured() -> dict[str, str]:
    """An environment in which every Python process measures itself, those of the tests too."""
    return {
        **os.environ,
        "COVERAGE_PROCESS_START": str(ROOT / "pyproject.toml"),
        "COVERAGE_FILE": str(ROOT / ".coverage"),  # absolute: a child may run in another folder
    }


def _holds(floor: Floor) -> bool:
    report = ("report", "--skip-covered", "--show-missing", f"--include={floor.include}")
    sys.stdout.write(f"\nCoverage of {floor.name}, the floor is {floor.percent} %:\n")
    sys.stdout.flush()
    return _python("coverage", *report, f"--fail-under={floor.percent}") == 0


def _python(module: str, *arguments: str, env: dict[str, str] | None = None) -> int:
    command = [sys.executable, "-m", module, *arguments]
    return subprocess.run(command, cwd=ROOT, env=env, check=False).returncode


def _say(code: int, what: str) -> int:
    sys.stdout.write(f"\n{'FAILED' if code else 'PASSED'}: {what}\n")
    return code


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
