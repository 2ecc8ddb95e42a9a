"""People: who may be written to."""

from dataclasses import replace
from uuid import UUID

import pytest

from bot.domain.people import NO_CONSENT, Consent, Person

ANNA = Person(UUID(int=1), "en", "Europe/Berlin", consent_version=1, country="DE")


def test_a_person_who_agreed_may_be_messaged() -> None:
    assert ANNA.may_be_messaged


@pytest.mark.parametrize(
    "person",
    [
        replace(ANNA, consent_version=NO_CONSENT),
        replace(ANNA, stopped=True),
        replace(ANNA, unreachable=True),
    ],
)
def test_without_consent_after_stop_or_when_blocked_nobody_is_messaged(person: Person) -> None:
    assert not person.may_be_messaged


def test_diary_and_messages_are_agreed_to_apart() -> None:
    assert [*Consent] == ["diary", "messages"]
