from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import SettingsError
from bot.settings import PREFIX, Settings, read

TOKEN = "123456:AAbbCC-dd_ee"
SECRET = "s3cret-of-the-webhook"
WEBHOOK = {
    "STILLWATER_MODE": "webhook",
    "STILLWATER_WEBHOOK_URL": "https://bot.example/hook",
    "STILLWATER_WEBHOOK_SECRET": SECRET,
}

# Each variable with a value that is taken, what becomes of it, and one that is refused.
VARIABLES: list[tuple[str, str, Any, str | None]] = [
    ("TOKEN", TOKEN, TOKEN, "123456: AAbbCC"),
    ("API_URL", "http://127.0.0.1:8081/", "http://127.0.0.1:8081", "ftp://example"),
    ("DATA_DIR", "/var/lib/stillwater", Path("/var/lib/stillwater"), None),
    ("DATABASE_URL", "postgresql+asyncpg://u@h/n", "postgresql+asyncpg://u@h/n", "mysql://u@h/n"),
    ("KEY_FILE", "/run/secrets/key", Path("/run/secrets/key"), None),
    ("MODE", "polling", "polling", "carrier pigeon"),
    ("WEBHOOK_URL", "https://bot.example/hook", "https://bot.example/hook", "bot.example"),
    ("WEBHOOK_SECRET", SECRET, SECRET, "too short"),
    ("LISTEN", "[::1]:8080", ("::1", 8080), "127.0.0.1:99999"),
    ("LOG_LEVEL", "WARNING", "WARNING", "LOUD"),
    ("LOG_FORMAT", "console", "console", "xml"),
    ("SEND_RATE", "25", 25, "twenty-five"),
    ("CLOCK_URL", "http://127.0.0.1:8088", "http://127.0.0.1:8088", "noon"),
]
NAMES = [name for name, *_ in VARIABLES]
# A clock of the sandbox is refused where the bot talks to Telegram.
BESIDE = {"CLOCK_URL": {"STILLWATER_API_URL": "http://127.0.0.1:8081"}}


def refusal(environment: dict[str, str]) -> str:
    """The one line with which a set-up is refused."""
    with pytest.raises(SettingsError) as caught:
        read(environment)
    line = str(caught.value)
    assert "\n" not in line
    return line


def value_of(settings: Settings, name: str) -> Any:
    value = getattr(settings, name.lower())
    return value.get_secret_value() if hasattr(value, "get_secret_value") else value


def test_this_file_knows_every_variable() -> None:
    assert sorted(name.lower() for name in NAMES) == sorted(Settings.model_fields)


@pytest.mark.parametrize(("name", "given_as", "wanted", "_wrong"), VARIABLES, ids=NAMES)
def test_each_variable_is_taken(name: str, given_as: str, wanted: Any, _wrong: Any) -> None:
    assert value_of(read({**BESIDE.get(name, {}), PREFIX + name: given_as}), name) == wanted


@pytest.mark.parametrize(("name", "given_as", "wanted", "_wrong"), VARIABLES, ids=NAMES)
@pytest.mark.parametrize("around", ["{}", "\ufeff{}\r\n", "  {}\n\n"], ids=["bare", "bom", "blank"])
def test_each_variable_is_taken_from_a_file_whatever_editor_wrote_it(
    tmp_path: Path, name: str, given_as: str, wanted: Any, _wrong: Any, around: str
) -> None:
    file = tmp_path / "secret"
    file.write_bytes(around.format(given_as).encode())
    assert (
        value_of(read({**BESIDE.get(name, {}), f"{PREFIX}{name}_FILE": str(file)}), name) == wanted
    )


@pytest.mark.parametrize(("name", "given_as", "_wanted", "_wrong"), VARIABLES, ids=NAMES)
def test_a_variable_given_in_both_forms_is_refused(
    tmp_path: Path, name: str, given_as: str, _wanted: Any, _wrong: Any
) -> None:
    file = tmp_path / "secret"
    file.write_text(given_as)
    line = refusal({PREFIX + name: given_as, f"{PREFIX}{name}_FILE": str(file)})
    assert line.startswith(f"{PREFIX}{name}:")
    assert "given twice" in line
    assert given_as not in line


@pytest.mark.parametrize(
    ("name", "wrong"), [(name, wrong) for name, _, _, wrong in VARIABLES if wrong is not None]
)
def test_a_wrong_value_is_refused_with_its_remedy_and_never_shown(name: str, wrong: str) -> None:
    line = refusal({PREFIX + name: wrong})
    assert line.startswith(f"{PREFIX}{name}: not usable; ")
    assert len(line) > len(f"{PREFIX}{name}: not usable; ") + 10
    assert wrong not in line


@pytest.mark.parametrize("name", NAMES)
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str) -> None:
    line = refusal({f"{PREFIX}{name}_FILE": str(tmp_path / "missing")})
    assert line.startswith(f"{PREFIX}{name}_FILE:")
    (tmp_path / "binary").write_bytes(b"\xff\xfe\x00")
    assert "cannot be read" in refusal({f"{PREFIX}{name}_FILE": str(tmp_path / "binary")})


@pytest.mark.parametrize("name", ["TOKN", "TOKEN_FILES", "KEY", "WEBHOOK", ""])
def test_a_name_with_a_typing_mistake_is_refused(name: str) -> None:
    line = refusal({PREFIX + name: TOKEN})
    assert line.startswith(f"{PREFIX}{name}:")
    assert "typing mistake" in line
    assert TOKEN not in line


def test_other_programs_variables_and_those_of_tests_are_left_alone() -> None:
    assert read({"TOKEN": "x", "PATH": "/bin", "STILLWATER_TEST_POSTGRES": "x"}) == read({})


@pytest.mark.parametrize("empty", ["", "  ", "\ufeff", "\r\n"])
def test_an_empty_value_is_as_good_as_none(empty: str) -> None:
    assert read({"STILLWATER_TOKEN": empty, "STILLWATER_LISTEN": empty}) == read({})


@pytest.mark.parametrize("missing", ["STILLWATER_WEBHOOK_URL", "STILLWATER_WEBHOOK_SECRET"])
def test_a_webhook_needs_an_address_and_a_secret(missing: str) -> None:
    assert read(WEBHOOK).mode == "webhook"
    rest = {name: value for name, value in WEBHOOK.items() if name != missing}
    line = refusal(rest)
    assert line.startswith(f"{missing}: it is missing and MODE is webhook; ")
    assert SECRET not in line


@pytest.mark.parametrize(
    "listen", ["8080", ":8080", "host", "host:", "host:0", "host:65536", "host:-1", "host:http"]
)
def test_an_address_without_a_usable_port_is_refused(listen: str) -> None:
    assert refusal({"STILLWATER_LISTEN": listen}).startswith("STILLWATER_LISTEN:")


@pytest.mark.parametrize(
    "token", ["123456:AA bb", "123456", ":AAbb", "123456:", "bot123456:AAbb", "123456:AA/bb", "x"]
)
def test_a_token_that_was_not_copied_whole_is_refused(token: str) -> None:
    line = refusal({"STILLWATER_TOKEN": token})
    assert line.startswith("STILLWATER_TOKEN: not usable; take it from @BotFather")


def test_the_sandboxs_clock_is_refused_where_the_bot_talks_to_telegram() -> None:
    line = refusal({"STILLWATER_CLOCK_URL": "http://127.0.0.1:8088"})
    assert line.startswith("STILLWATER_CLOCK_URL: ")


def test_without_a_token_its_remedy_is_said_when_it_is_needed() -> None:
    with pytest.raises(SettingsError, match=r"STILLWATER_TOKEN: it is missing; take it from"):
        _ = read({}).secret_token


def test_secrets_do_not_show_when_settings_are_printed() -> None:
    shown = repr(read({**WEBHOOK, "STILLWATER_TOKEN": TOKEN}))
    assert TOKEN not in shown
    assert SECRET not in shown


def test_settings_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        read({}).mode = "webhook"


def test_the_key_and_the_spool_lie_in_the_data_folder_unless_told_otherwise() -> None:
    settings = read({"STILLWATER_DATA_DIR": "/d"})
    assert (settings.key_path, settings.spool_dir) == (Path("/d/key"), Path("/d/spool"))
    assert read({"STILLWATER_KEY_FILE": "/k"}).key_path == Path("/k")


@given(
    st.sampled_from([name for name in NAMES if name not in ("DATA_DIR", "KEY_FILE")]),
    st.text(st.characters(exclude_categories=["Cs"]), min_size=12, max_size=60),
)
def test_no_value_whatever_shows_in_a_refusal_or_raises_anything_else(
    name: str, value: str
) -> None:
    lines = []
    try:
        read({PREFIX + name: value})
    except SettingsError as error:
        lines.append(str(error))
    assert not [line for line in lines if value in line or "\n" in line]
