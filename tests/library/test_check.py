"""Each kind of mistake is planted in a copy of content/ and must be found at its file and line."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from bot.errors import ContentError
from bot.library import Library, Problem, check

PEOPLE = "texts/en/people.ftl"
SAFETY = "texts/en/safety.ftl"
US = "resources/us.toml"


@dataclass(frozen=True)
class Planted:
    """`old` becomes `new` in a file; the problem stands on the line that contains `at`."""

    file: str
    old: str
    new: str
    at: str
    says: str


PLANTED = {
    "TOML that cannot be read": Planted(
        US, 'phone = "911"', 'phone = "911', 'phone = "911', "not valid TOML"
    ),
    "a number without quotes": Planted(
        US, 'phone = "911"', "phone = 911", "phone = 911", "must stand in quotes"
    ),
    "a number with letters": Planted(
        US, 'phone = "911"', 'phone = "nine"', 'phone = "nine"', "digits"
    ),
    "an unknown key": Planted(
        US, 'phone = "911"', 'phone = "911"\nfon = "1"', 'fon = "1"', "`fon` is not a known key"
    ),
    "a missing key": Planted(US, 'kind = "emergency"\n', "", "[[resource]]", "`kind` is missing"),
    "a date in quotes": Planted(
        US, "drafted_on = 2026-11-25", 'drafted_on = "2026-11-25"', "drafted_on", "must be a date"
    ),
    "a signature without a day": Planted(
        US, 'reviewed_by = ""', 'reviewed_by = "A. Nurse"', "[review]", "belong together"
    ),
    "an address without https": Planted(
        US, "https://988lifeline", "http://988lifeline", "http://988lifeline", "`url`"
    ),
    "a service that cannot be reached": Planted(
        US, 'phone = "911"\n', "", "[[resource]]", "at least one of phone, sms, url"
    ),
    "no emergency number": Planted(
        US, 'kind = "emergency"', 'kind = "crisis"', 'country = "US"', "no emergency number"
    ),
    "a file of another country": Planted(
        US, 'country = "US"', 'country = "MX"', 'country = "MX"', "the file is us.toml"
    ),
    "a retired number": Planted(
        US, 'phone = "988"', 'phone = "1 800 273 8255"', "1 800 273 8255", "is retired"
    ),
    "a resource past its date": Planted(
        US, "check_by = 2027-02-22", "check_by = 2026-11-24", "check_by = 2026-11-24", "is past"
    ),
    "a script that names no text": Planted(
        "programme.toml", '"ask-mood"', '"ask-moood"', "[[script]]", "`ask-moood`"
    ),
    "a question of no known kind": Planted(
        "programme.toml", 'kind = "hours"', 'kind = "time?"', 'kind = "time?"', "`kind`"
    ),
    "a scale without an end": Planted(
        "programme.toml", "maximum = 10\n", "", "[[script.question]]", "needs minimum and maximum"
    ),
    "a wrong version": Planted(
        "programme.toml", "version = 1", "version = 1.5", "version = 1.5", "`version`"
    ),
    "an empty list of words": Planted(
        "words.toml",
        '["therapy", "therapist", "treatment", "patient", "patients", "diagnosis", "cure"]',
        "[]",
        "words = []",
        "`words` is empty",
    ),
    "Fluent that cannot be read": Planted(
        PEOPLE, "label-yes = Yes", "label yes = Yes", "label yes = Yes", "cannot be read"
    ),
    "a variable that is not closed": Planted(
        PEOPLE, "{ $time } there", "{ $time there", "{ $time there", "cannot be read"
    ),
    "a key that comes twice": Planted(
        PEOPLE, "label-no = No", "label-yes = Sure", "label-yes = Sure", "is already in"
    ),
    "a text that uses another text": Planted(
        PEOPLE, "label-no = No", "label-no = { label-yes }", "label-no =", "only variables"
    ),
    "a text in parts": Planted(
        PEOPLE, "label-no = No", "label-no = No\n    .tip = x", "label-no =", "one text"
    ),
    "a tag that is not allowed": Planted(
        PEOPLE, "label-no = No", "label-no = <h1>No</h1>", "label-no =", "<h1> is not allowed"
    ),
    "a tag that is not closed": Planted(
        PEOPLE, "label-no = No", "label-no = <b>No", "label-no =", "never closed"
    ),
    "a tag that was not open": Planted(
        PEOPLE, "label-no = No", "label-no = No</b>", "label-no =", "not open"
    ),
    "a link that is not https": Planted(
        PEOPLE, "label-no = No", 'label-no = <a href="http://x.org">N</a>', "label-no =", "https"
    ),
    "a bare &": Planted(PEOPLE, "label-no = No", "label-no = No & no", "label-no =", "write &amp;"),
    "a bare <": Planted(PEOPLE, "label-no = No", "label-no = 1 < 2", "label-no =", "&lt;"),
    "a button that is too long": Planted(
        PEOPLE, "label-no = No", "label-no = " + "o" * 65, "label-no =", "at most 64"
    ),
    "a notice that is too long": Planted(
        "texts/en/engine.ftl", "toast-over = This", "toast-over = " + "o" * 201, "toast-over", "200"
    ),
    "a message that long values make too long": Planted(
        PEOPLE, "{ $typed }”.", "{ $typed }”." + " so" * 800, "place-unknown", "at most 4096"
    ),
    "a forbidden word": Planted(
        PEOPLE, "label-no = No", "label-no = I Understand", "label-no =", "“I understand”"
    ),
    "a tag below a comment": Planted(
        "texts/en/checkins.ftl", "progress = ", "progress = <b>", "progress =", "never closed"
    ),
    "an amount": Planted(
        PEOPLE, "label-no = No", "label-no = Take 2.5 grams", "label-no =", "“2.5 grams”"
    ),
}


def plant(root: Path, mistake: Planted) -> int:
    """Plant a mistake and tell the line on which it must be found."""
    path = root / mistake.file
    before = path.read_text("utf-8")
    assert mistake.old in before
    after = before.replace(mistake.old, mistake.new, 1)
    path.write_text(after, "utf-8")
    place = after.index(mistake.at, 0)
    return after.count("\n", 0, place) + 1


@pytest.mark.parametrize("name", PLANTED)
def test_a_planted_mistake_is_found_at_its_file_and_line(name: str, content: Path) -> None:
    mistake = PLANTED[name]
    line = plant(content, mistake)
    hits = [p for p in check(content, date(2026, 11, 25)) if mistake.says in p.text]
    assert [(hit.file, hit.line) for hit in hits[:1]] == [(mistake.file, line)]
    assert not any(hit.is_note for hit in hits)


def in_german(change: Callable[[str], str]) -> Callable[[Path], None]:
    """Plant a second language: every English file copied, people.ftl changed."""

    def plant_language(root: Path) -> None:
        german = root / "texts" / "de"
        german.mkdir()
        for path in (root / "texts" / "en").glob("*.ftl"):
            text = path.read_text("utf-8")
            (german / path.name).write_text(change(text) if path.stem == "people" else text)

    return plant_language


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda text: text.replace("label-no = No\n", ""), "`label-no` is missing"),
        (lambda text: text.replace("label-no = No", "label-neu = No"), "`label-neu` is not in en"),
        (lambda text: text.replace("{ $typed }", "{ $tippte }"), "same variables as in en"),
    ],
)
def test_a_language_that_differs_from_english_is_found(
    change: Callable[[str], str], says: str, content: Path
) -> None:
    in_german(change)(content)
    hits = [p for p in check(content) if says in p.text]
    assert {hit.file for hit in hits} == {"texts/de/people.ftl"}


def test_a_complete_second_language_has_no_problem(content: Path) -> None:
    in_german(lambda text: text)(content)
    assert [p for p in check(content) if not p.is_note] == []


def test_a_file_that_is_not_utf8_is_named_with_its_line(content: Path) -> None:
    path = content / PEOPLE
    path.write_bytes(path.read_bytes().replace(b"label-no = No", b"label-no = N\xf6"))
    line = path.read_bytes().split(b"label-no =")[0].count(b"\n") + 1
    assert (PEOPLE, line) in [(p.file, p.line) for p in check(content) if "UTF-8" in p.text]


def test_a_missing_file_is_a_problem(content: Path) -> None:
    (content / "programme.toml").unlink()
    (content / "resources" / "international.toml").unlink()
    assert {p.file for p in check(content)} == {"programme.toml", "resources/international.toml"}


def test_an_empty_folder_is_a_problem_and_not_a_crash(tmp_path: Path) -> None:
    assert "texts/en" in {p.file for p in check(tmp_path)}


def test_a_text_that_is_hard_to_read_is_a_note_only(content: Path) -> None:
    hard = "Institutional considerations necessitate comprehensive documentation. " * 6
    path = content / PEOPLE
    path.write_text(path.read_text("utf-8") + f"\n## Texts\n\nhard-one = {hard}\n", "utf-8")
    assert [p.is_note for p in check(content) if "hard to read" in p.text] == [True]
    Library.load(content)


def test_a_date_that_has_passed_does_not_stop_the_start(content: Path) -> None:
    plant(content, PLANTED["a resource past its date"])
    Library.load(content)


def test_the_start_stops_with_file_and_line_of_the_first_mistake(content: Path) -> None:
    line = plant(content, PLANTED["a number without quotes"])
    with pytest.raises(ContentError, match=rf"^resources/us\.toml:{line}: `phone`"):
        Library.load(content)


def test_a_problem_reads_as_file_line_and_what_to_do() -> None:
    assert str(Problem("a.toml", 3, "add it", is_note=True)) == "a.toml:3: note: add it"
