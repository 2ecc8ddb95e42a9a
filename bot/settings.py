"""What the operator may set: environment variables with the prefix STILLWATER_, read once.

Each may also be given as NAME_FILE: the path of a file that holds the value, as container secrets
do. A wrong value stops the start with one line that names the variable and the remedy.
"""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    SecretStr,
    ValidationError,
)

from bot.errors import SettingsError

PREFIX = "STILLWATER_"
TELEGRAM = "https://api.telegram.org"

_REMEDIES = {
    "token": "take it from @BotFather; it looks like 123456:AA… with nothing before or after it",
    "api_url": f"give the root of a Bot API server, such as {TELEGRAM}",
    "data_dir": "give a folder that the user who runs the bot may write",
    "database_url": "give postgresql+asyncpg://user:password@host/name, or leave it out for SQLite",
    "key_file": "give the path of the key file, or leave it out for one in the data folder",
    "mode": "give polling or webhook",
    "webhook_url": "give the public https address at which Telegram reaches this bot",
    "webhook_secret": "give 16 to 256 characters of A-Z a-z 0-9 _ -",
    "listen": "give an address and a port, such as 127.0.0.1:8080",
    "log_level": "give DEBUG, INFO, WARNING or ERROR",
    "log_format": "give json or console",
    "send_rate": "give messages a second, 1 to 1000; above 30 Telegram charges for each",
    "clock_url": "it is for a bot beside a sandbox; remove it",
}


def _matches(pattern: str) -> AfterValidator:
    def check(value: SecretStr) -> SecretStr:
        if not re.fullmatch(pattern, value.get_secret_value()):
            raise ValueError("wrong form")
        return value

    return AfterValidator(check)


def _web_address(value: str) -> str:
    parts = urlsplit(value)
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.query:
        raise ValueError("not a web address")
    return value.rstrip("/")


def _address(value: str) -> tuple[str, int]:
    host, _, port = value.rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError("not host:port")
    return host.strip("[]"), int(port)


def _driver(value: str) -> str:
    if not value.startswith(("postgresql+asyncpg://", "sqlite+aiosqlite:///")):
        raise ValueError("not a database that is supported")
    return value


WebAddress = Annotated[str, AfterValidator(_web_address)]
DatabaseUrl = Annotated[str, AfterValidator(_driver)]


class Settings(BaseModel):
    """Everything that can be set, checked and frozen. Names are those of the variables."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)

    token: Annotated[SecretStr, _matches(r"\d+:[A-Za-z0-9_-]+")] | None = None
    api_url: WebAddress = TELEGRAM
    data_dir: Path = Path("data")
    database_url: Annotated[DatabaseUrl | None, Field(repr=False)] = None  # holds the password
    key_file: Path | None = None
    mode: Literal["polling", "webhook"] = "polling"
    webhook_url: WebAddress | None = None
    webhook_secret: Annotated[SecretStr, _matches(r"[A-Za-z0-9_-]{16,256}")] | None = None
    listen: Annotated[tuple[str, int], BeforeValidator(_address)] = ("127.0.0.1", 8080)
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    log_format: Literal["json", "console"] = "json"
    send_rate: Annotated[int, Field(ge=1, le=1000)] = 30
    clock_url: WebAddress | None = None

    @property
    def key_path(self) -> Path:
        """Where the key file is or will be."""
        return self.key_file or self.data_dir / "key"

    @property
    def spool_dir(self) -> Path:
        """Where updates wait while the database is down."""
        return self.data_dir / "spool"

    @property
    def webhook(self) -> tuple[str, str] | None:
        """Address and secret, in the clear, where Telegram is to call us; None for polling."""
        if self.mode == "polling" or self.webhook_url is None or self.webhook_secret is None:
            return None
        return self.webhook_url, self.webhook_secret.get_secret_value()

    @property
    def secret_token(self) -> str:
        """The bot's token in the clear; SettingsError when there is none."""
        if self.token is None:
            raise SettingsError(f"STILLWATER_TOKEN: it is missing; {_REMEDIES['token']}")
        return self.token.get_secret_value()


def read(environment: Mapping[str, str], **fixed: Any) -> Settings:
    """Settings from an environment; SettingsError with one line when something is wrong."""
    values: dict[str, Any] = {**_collect(environment), **fixed}
    try:
        settings = Settings.model_validate(values)
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        raise SettingsError(f"{PREFIX}{name.upper()}: not usable; {_remedy(name)}") from None
    if settings.clock_url is not None and settings.api_url == TELEGRAM:
        raise SettingsError(f"{PREFIX}CLOCK_URL: {_remedy('clock_url')}")
    if settings.mode == "webhook":
        for name in ("webhook_url", "webhook_secret"):
            if getattr(settings, name) is None:
                raise SettingsError(
                    f"{PREFIX}{name.upper()}: it is missing and MODE is webhook; {_remedy(name)}"
                )
    return settings


def _remedy(name: str) -> str:
    return _REMEDIES.get(name, "there is no such variable; look for a typing mistake and remove it")


def _collect(environment: Mapping[str, str]) -> dict[str, str]:
    found: dict[str, str] = {}
    own = {
        name.removeprefix(PREFIX): value
        for name, value in environment.items()
        if name.startswith(PREFIX) and not name.startswith(f"{PREFIX}TEST_")
    }
    for name, value in sorted(own.items()):
        base = name.removesuffix("_FILE")
        by_file = name != base and name != "KEY_FILE"
        key = (base if by_file else name).lower()
        if key in found:
            raise SettingsError(f"{PREFIX}{key.upper()}: given twice; keep it or its _FILE form")
        text = _read_file(name, value) if by_file else value
        # Windows editors leave a byte-order mark and a carriage return.
        text = text.lstrip("\ufeff").strip()
        if text:
            found[key] = text
    return found


def _read_file(name: str, path: str) -> str:
    try:
        return Path(path).read_text("utf-8")
    except (OSError, UnicodeDecodeError):
        raise SettingsError(
            f"{PREFIX}{name}: the file it names cannot be read as text; check the path and the mode"
        ) from None
