"""What every measurement prints: figures with their units, and the machine they were taken on."""

import json
import os
import platform
import sqlite3
import statistics
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

Figures = dict[str, Any]


def spread(values: Iterable[float], digits: int = 3) -> Figures:
    """Median, least and most of a few runs."""
    found = sorted(values)
    if not found:
        return {"runs": 0}
    return {
        "median": round(statistics.median(found), digits),
        "min": round(found[0], digits),
        "max": round(found[-1], digits),
        "runs": len(found),
    }


def percentiles(values: Sequence[float], digits: int = 1) -> Figures:
    """p50, p95, p99 and the most of many samples, each a sample that occurred (nearest rank)."""
    found = sorted(values)
    if not found:
        return {"count": 0}

    def at(share: float) -> float:
        return round(found[min(len(found) - 1, int(share * len(found)))], digits)

    top = round(found[-1], digits)
    return {"p50": at(0.5), "p95": at(0.95), "p99": at(0.99), "max": top, "count": len(found)}


def spread_of(runs: Sequence[Figures]) -> Figures:
    """The same figures of several runs, each as its median, least and most, at every depth."""
    merged: Figures = {}
    for name in runs[0]:
        values = [run[name] for run in runs]
        if isinstance(values[0], dict):
            merged[name] = spread_of(values)
        else:
            merged[name] = spread(values)
    return merged


def most_in_a_second(at_s: Iterable[float]) -> int:
    """The most arrivals that any sliding second saw; half-open, as one second is [t, t + 1)."""
    times = sorted(at_s)
    most = first = 0
    for last, time in enumerate(times):
        while time - times[first] >= 1.0:
            first += 1
        most = max(most, last - first + 1)
    return most


def report(name: str, figures: Figures, **facts: Any) -> None:
    """Print one measurement as JSON."""
    machine = {
        "cores": len(os.sched_getaffinity(0)),
        "load_average_1min": round(os.getloadavg()[0], 2),
        "memory_gb": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9, 1),
        "system": platform.system(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "processor": _processor(),
        **facts,
    }
    print(json.dumps({"measurement": name, "figures": figures, "machine": machine}, indent=2))


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        return platform.machine()
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()
