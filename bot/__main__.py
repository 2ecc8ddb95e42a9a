"""The command line: python -m bot <command>."""

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any

from bot import telemetry
from bot.app import run
from bot.clock import SystemClock
from bot.errors import SetupError
from bot.ground import CONTENT, HEARTBEAT
from bot.library import check
from bot.play import Play, play
from bot.settings import Settings, read

HEARTBEAT_MAX_AGE_S = 60
LEAVE_WITHIN_S = 9.0
"""A stop that takes longer is cut off: containers grant 10 s before they kill."""


def main(arguments: list[str] | None = None) -> int:
    """Run one command; 0 when well, 1 when a check failed, 2 when the set-up is not fit."""
    options = _parser().parse_args(arguments)
    os.umask(0o077)  # whatever is made is for the user who runs the bot alone
    # python-telegram-bot then gives spans of time as such, as its next version will.
    os.environ.setdefault("PTB_TIMEDELTA", "true")
    try:
        code: int = options.command(options)
    except SetupError as error:
        print(f"stillwater: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    return code


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bot", description="Stillwater")
    commands = parser.add_subparsers(required=True, metavar="command")

    def add(name: str, help: str, act: Callable[[argparse.Namespace], int]) -> Any:
        command = commands.add_parser(name, help=help)
        command.set_defaults(command=act)
        return command

    add("start", "the bot if there is a token, else the sandbox", _start)
    add("run", "the bot alone, against Telegram or STILLWATER_API_URL", _run)
    sandbox = add("sandbox", "a local Bot API with a chat page, and the bot in it", _sandbox)
    sandbox.add_argument("--port", type=_port, default=8088, help="0 picks a free one")
    sandbox.add_argument("--no-browser", action="store_true", help="do not open the chat page")
    sandbox.add_argument("--terminal", action="store_true", help="chat here instead of a browser")
    sandbox.add_argument("--no-bot", action="store_true", help="the server alone")
    content = add("content", "look after the words", _content)
    content.add_argument("action", choices=["check"])
    add("health", "0 when the bot's loops turn (for a container's health check)", _health)
    return parser


def _port(text: str) -> int:
    number = int(text)
    if not 0 <= number < 65536:
        raise argparse.ArgumentTypeError("a port is a number from 0 to 65535")
    return number


def _settings() -> Settings:
    settings = read(os.environ)
    telemetry.set_up(settings.log_level, as_json=settings.log_format == "json")
    return settings


def _start(options: argparse.Namespace) -> int:
    if read(os.environ).token is not None:
        return _run(options)
    return _play(Play())


def _run(_options: argparse.Namespace) -> int:
    settings = _settings()
    settings.secret_token  # noqa: B018 - a missing token is said before anything is opened
    return asyncio.run(_until_signalled(lambda stop: run(settings, SystemClock(), stop)))


def _sandbox(options: argparse.Namespace) -> int:
    return _play(
        Play(
            port=options.port,
            open_browser=not options.no_browser,
            in_terminal=options.terminal,
            with_bot=not options.no_bot,
        )
    )


def _play(how: Play) -> int:
    environment = {"STILLWATER_LOG_FORMAT": "console", "STILLWATER_LOG_LEVEL": "WARNING"}
    settings = read({**environment, **os.environ})
    telemetry.set_up(settings.log_level, as_json=settings.log_format == "json")
    return asyncio.run(_until_signalled(lambda stop: play(settings, how, stop)))


async def _until_signalled(body: Callable[[asyncio.Event], Coroutine[Any, Any, None]]) -> int:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    def leave() -> None:
        stop.set()
        # Everything is durable: to be cut off here is no worse than what a container would do.
        loop.call_later(LEAVE_WITHIN_S, os._exit, 0)

    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, leave)
    await body(stop)
    return 0


def _content(_options: argparse.Namespace) -> int:
    problems = check(CONTENT, SystemClock().now().date())
    for problem in problems:
        print(problem)
    mistakes = [problem for problem in problems if not problem.is_note]
    print("content: all well" if not mistakes else f"content: {len(mistakes)} to mend")
    return 1 if mistakes else 0


def _health(_options: argparse.Namespace) -> int:
    file: Path = read(os.environ).data_dir / HEARTBEAT
    try:
        age_s = SystemClock().now().timestamp() - file.stat().st_mtime
    except OSError:
        print("health: no heartbeat yet")
        return 1
    print(f"health: last heartbeat {age_s:.0f} s ago")
    return 0 if age_s < HEARTBEAT_MAX_AGE_S else 1


if __name__ == "__main__":
    sys.exit(main())
