"""`python -m tests.faults`: the kill run, as long as you like, with a table at the end.

`--kills 200 --seed 7 --how kill|term|stop|mixed`; `--long` runs the fault matrix in full length.
Exit code 1 when an invariant fails, and the folder with the books is kept.
"""

import argparse
import asyncio
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.killing import KillPlan, KillReport, kill_run
from tests.faults.stage import ROOT

LONG = "STILLWATER_TEST_LONG"


def main(arguments: list[str] | None = None) -> int:
    """0 when every invariant held."""
    options = _parser().parse_args(arguments)
    if options.long:
        return _matrix()
    plan = KillPlan(kills=options.kills, seed=options.seed, how=options.how)
    folder = Path(tempfile.mkdtemp(prefix="stillwater-kills-"))
    began = time.monotonic()
    try:
        report = asyncio.run(kill_run(plan, folder))
    except KeyboardInterrupt:
        shutil.rmtree(folder)
        return 130
    _print(report, plan, time.monotonic() - began)
    if report.findings is None or report.findings.broken or report.slow_exits:
        sys.stdout.write(f"The books are kept in {folder}\n")
        return 1
    shutil.rmtree(folder)
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--how", choices=["kill", "term", "stop", "mixed"], default="kill")
    parser.add_argument("--long", action="store_true", help="the fault matrix in full length")
    return parser


def _matrix() -> int:
    command = [sys.executable, "-m", "pytest", "tests/faults", "-m", "faults", "--timeout", "1500"]
    return subprocess.run(command, cwd=ROOT, env={**os.environ, LONG: "1"}, check=False).returncode


def _print(report: KillReport, plan: KillPlan, took_s: float) -> None:
    findings, books = report.findings, report.books
    assert findings is not None
    assert books is not None
    ends = ", ".join(f"{number} {how}" for how, number in sorted(report.ends.items()))
    flying = ", ".join(f"{number} {lane}" for lane, number in report.found_in_flight.items())
    lines = [
        f"seed {report.seed} · ended {ends} · {took_s:.0f} s",
        f"{report.updates} updates, {len(books.said)} messages queued, {len(books.sends)} sends",
        f"in flight when ended: {flying or 'none'} · extra copies: {findings.extra_copies}",
        "messages by lane and end: "
        + ", ".join(f"{number} {state}" for state, number in findings.states.items()),
        "",
        f"{'invariant':62} {'counted':>8} {'broken':>7}",
    ]
    lines += [
        f"{check.name:62} {check.counted:>8} {len(check.broken):>7}" for check in findings.checks
    ]
    lines += ["", *findings.broken[:20], *report.slow_exits[:5]]
    held = not findings.broken and not report.slow_exits
    lines.append("PASSED" if held else f"FAILED: repeat with --seed {plan.seed}")
    sys.stdout.write("\n".join(lines) + "\n")


if __name__ == "__main__":
    sys.exit(main())
