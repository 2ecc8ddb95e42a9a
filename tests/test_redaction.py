"""The redaction by itself: of what others log, only what cannot quote anybody is kept."""

import asyncio
import gc
import io
import json
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot import telemetry
from tests.test_telemetry import NAME, NUMBER, SECRET, TOKEN, lose_a_task, traces_in

Say = Callable[[], None]


def foreign_with_arguments() -> None:
    logging.getLogger("somebody").warning("got %s from %s", SECRET, NAME)


def foreign_with_an_error() -> None:
    try:
        raise ValueError(SECRET)
    except ValueError:
        logging.getLogger("somebody").exception("it broke")


def foreign_that_is_formatted_already() -> None:
    ready = f"lost: future=<Task exception=ValueError('{SECRET}')>"
    logging.getLogger("asyncio").error(ready)


def foreign_that_is_an_error_itself() -> None:
    logging.getLogger("somebody").error(ValueError(SECRET))


def foreign_that_is_an_error_itself_with_arguments() -> None:
    logging.getLogger("somebody").error(ValueError(SECRET), NAME)


def foreign_with_words_and_a_trace() -> None:
    try:
        raise ValueError(SECRET)
    except ValueError as error:
        logging.getLogger("somebody").exception(str(error), stack_info=True)


def foreign_that_cannot_be_formatted() -> None:
    logging.getLogger("somebody").warning("%d %d", SECRET)


def foreign_with_the_token_in_its_template() -> None:
    template = f"POST /bot{TOKEN}/sendMessage"
    logging.getLogger("somebody").warning(template)


def foreign_with_extras() -> None:
    logging.getLogger("somebody").warning("hello", extra={"text": SECRET, "user": NAME})


def talkative_library() -> None:
    template = f"{SECRET} {TOKEN}"
    logging.getLogger("httpx").debug(template)


def ours_with_a_field_that_is_not_on_the_list() -> None:
    telemetry.get_log("x").warning("happened", text=SECRET, user=NUMBER)


def ours_with_an_error() -> None:
    try:
        raise ValueError(SECRET)
    except ValueError as error:
        telemetry.get_log("x").error("failed", **telemetry.fault(error), exc_info=True)


@pytest.mark.parametrize(
    "say",
    [
        foreign_with_arguments,
        foreign_with_an_error,
        foreign_that_is_formatted_already,
        foreign_that_is_an_error_itself,
        foreign_that_is_an_error_itself_with_arguments,
        foreign_with_words_and_a_trace,
        foreign_that_cannot_be_formatted,
        foreign_with_the_token_in_its_template,
        foreign_with_extras,
        talkative_library,
        ours_with_a_field_that_is_not_on_the_list,
        ours_with_an_error,
    ],
)
def test_a_log_line_carries_no_words_of_others(
    say: Say, log: io.StringIO, capfd: pytest.CaptureFixture[str]
) -> None:
    say()
    assert traces_in(log.getvalue()) == []
    assert traces_in("".join(capfd.readouterr())) == []


def test_of_a_foreign_message_without_arguments_only_logger_level_and_error_are_kept(
    log: io.StringIO,
) -> None:
    foreign_that_is_an_error_itself()
    line = json.loads(log.getvalue())
    del line["at"]
    assert line == {
        "event": telemetry.WITHHELD,
        "level": "error",
        "logger": "somebody",
        "error": "ValueError",
    }


def test_the_template_of_a_foreign_message_and_our_own_plain_words_are_kept(
    log: io.StringIO,
) -> None:
    foreign_with_arguments()
    logging.getLogger("bot.delivery.nursery").error("task_failed", extra={"task": "update"})
    first, second = (json.loads(line) for line in log.getvalue().splitlines())
    assert first["event"] == "got %s from %s"
    assert (second["event"], second["task"]) == ("task_failed", "update")


@pytest.mark.parametrize("ours", [True, False], ids=["with our handler", "with asyncio's own"])
async def test_an_error_that_nobody_awaited_leaves_no_trace(
    log: io.StringIO, capfd: pytest.CaptureFixture[str], ours: bool
) -> None:
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(telemetry.log_loop_error if ours else None)
    await lose_a_task()
    gc.collect()
    (line,) = (json.loads(line) for line in log.getvalue().splitlines() if "ValueError" in line)
    assert line["event"] == ("loop_error" if ours else telemetry.WITHHELD)
    assert traces_in(log.getvalue()) == []
    assert traces_in("".join(capfd.readouterr())) == []


def test_a_log_line_is_json_with_event_level_and_instant(log: io.StringIO) -> None:
    telemetry.get_log("x").warning("happened", count=3)
    line = json.loads(log.getvalue())
    assert (line["event"], line["level"], line["count"]) == ("happened", "warning", 3)
    assert datetime.fromisoformat(line["at"]).tzinfo is not None


def test_a_fault_names_the_type_and_the_place_in_our_own_code() -> None:
    try:
        telemetry.Pulse(Path("/nowhere/at/all")).beat(datetime(2026, 11, 25, tzinfo=UTC))
    except OSError as error:
        found = telemetry.fault(error)
    assert found["error"] == "FileNotFoundError"
    assert found["where"].startswith("telemetry.py:")


def test_the_pulse_counts_and_leaves_the_moment_in_its_file(tmp_path: Path) -> None:
    pulse = telemetry.Pulse(tmp_path / "heartbeat")
    pulse.count("sent")
    pulse.count("sent", by=2)
    pulse.beat(datetime(2026, 11, 25, 12, tzinfo=UTC))
    assert pulse.counts["sent"] == 3
    assert (tmp_path / "heartbeat").read_text() == "2026-11-25T12:00:00+00:00"
