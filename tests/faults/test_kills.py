"""F1, F5, F6, F34 at random moments: the kill run in its short form."""

from pathlib import Path

import pytest

from tests.faults.conftest import IS_LONG
from tests.faults.killing import KillPlan, KillReport, kill_run

pytestmark = pytest.mark.faults


def assert_held(report: KillReport) -> None:
    assert report.findings is not None
    assert report.findings.broken == []
    assert report.slow_exits == []


async def test_f1_twenty_kills_at_random_moments_lose_nothing_and_double_no_nudge(
    tmp_path: Path,
) -> None:
    """200 kills in the long form."""
    plan = KillPlan(kills=200 if IS_LONG else 20, seed=1, acts_a_life=6, lives_s=0.4)
    report = await kill_run(plan, tmp_path)
    assert report.ends == {"kill": plan.kills}
    assert report.updates >= plan.kills
    assert report.found_in_flight  # or the kills would prove nothing
    assert_held(report)


@pytest.mark.skipif(not IS_LONG, reason="the long form: python -m tests.faults --long")
@pytest.mark.parametrize("how", ["term", "stop", "mixed"])
async def test_told_to_go_or_frozen_first_nothing_is_lost_either(tmp_path: Path, how: str) -> None:
    report = await kill_run(KillPlan(kills=50, seed=2, how=how), tmp_path)
    assert_held(report)
