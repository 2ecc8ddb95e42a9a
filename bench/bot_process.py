"""The whole bot as a process of its own, watched from outside: its CPU time, memory and log."""

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bot.sandbox.tokens import SANDBOX_TOKEN

START_WITHIN_S = 60.0
STOP_WITHIN_S = 20.0
_TICKS_PER_S = os.sysconf("SC_CLK_TCK")
_ROOT = Path(__file__).parent.parent


@dataclass(frozen=True, slots=True)
class BotProcess:
    """A running bot; `started_after_s` lies between the start of the process and its log line."""

    pid: int
    started_after_s: float
    log: Path

    def cpu_s(self) -> float:
        """CPU seconds of all its threads so far, in user and system mode."""
        fields = Path(f"/proc/{self.pid}/stat").read_text("utf-8").rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / _TICKS_PER_S

    def memory_mb(self, field: str = "VmRSS") -> float:
        """Resident memory in MB: now (`VmRSS`) or the most so far (`VmHWM`)."""
        lines = Path(f"/proc/{self.pid}/status").read_text("utf-8").splitlines()
        line = next(line for line in lines if line.startswith(f"{field}:"))
        return int(line.split()[1]) * 1024 / 1e6

    def troubles(self) -> int:
        """How many warnings and worse its log holds; a measurement with any is to be looked at."""
        text = self.log.read_text("utf-8")
        return sum(
            f'"level": "{level}"' in text_line
            for text_line in text.splitlines()
            for level in ("warning", "error", "critical")
        )


@asynccontextmanager
async def bot_process(root: str, folder: Path, send_rate: int = 30) -> AsyncIterator[BotProcess]:
    """Run the bot on a data folder against a Bot API; RuntimeError if it does not start."""
    log = folder / "bench.log"
    settings = {
        "STILLWATER_TOKEN": SANDBOX_TOKEN,
        "STILLWATER_API_URL": root,
        "STILLWATER_DATA_DIR": str(folder),
        "STILLWATER_SEND_RATE": str(send_rate),
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith("STILLWATER_")}
    command = [sys.executable, "-m", "bot", "run"]
    with log.open("wb") as output:
        began_s = time.monotonic()
        process = subprocess.Popen(  # noqa: ASYNC220 - it must be the next thing after the clock
            command, cwd=_ROOT, env={**kept, **settings}, stdout=output, stderr=output
        )
    try:
        await _until_started(process, log)
        yield BotProcess(process.pid, time.monotonic() - began_s, log)
    finally:
        process.send_signal(signal.SIGTERM)
        await asyncio.to_thread(process.wait, STOP_WITHIN_S)


async def _until_started(process: subprocess.Popen[bytes], log: Path) -> None:
    async with asyncio.timeout(START_WITHIN_S):
        while '"event": "started"' not in (said := _read(log)):
            if process.poll() is not None:
                raise RuntimeError(f"the bot ended at once: {said[-500:]}")
            await asyncio.sleep(0.005)


def _read(log: Path) -> str:
    return log.read_text("utf-8")
