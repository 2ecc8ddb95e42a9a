"""The shape of the TOML files in content/: strict, closed, frozen."""

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from bot.domain.conversations import Kind, Option, Question, Script
from bot.domain.scripts import LONGEST_TEXT

Text = Annotated[str, StringConstraints(min_length=1, strip_whitespace=False)]
Country = Annotated[str, StringConstraints(pattern=r"^([A-Z]{2}|001)$")]
"""ISO 3166-1 alpha-2, or 001 (the world, UN M.49) for the international fallback."""
HttpsAddress = Annotated[str, StringConstraints(pattern=r"^https://[^\s\"<>]+$")]
MOST_SCALE_BUTTONS = 20  # a longer scale is typed; texts has labels for 0 to 10
Phone = Annotated[str, StringConstraints(pattern=r"^\+?[0-9][0-9 -]*$")]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class Review(_Strict):
    """Who drafted and who signed a file; `reviewed_on = ""` means that nobody has yet."""

    drafted_on: date
    reviewed_by: str
    reviewed_on: date | Literal[""]

    @model_validator(mode="after")
    def _is_whole(self) -> "Review":
        if bool(self.reviewed_by) != bool(self.reviewed_on):
            raise ValueError("reviewed_by and reviewed_on belong together: fill both or none")
        return self


class Source(_Strict):
    """Where a number was read, and the day that the source carries ("" where it has none)."""

    ref: Text
    as_of: Annotated[str, StringConstraints(pattern=r"^(\d{4}-\d{2}(-\d{2})?)?$")]


class Sms(_Strict):
    """A number for text messages and the word to send ("" where no word was seen)."""

    number: Phone
    body: str


class Resource(_Strict):
    """One service: how to reach it, and how sure we are of the number.

    `confirmations` counts independent sources of the number; `hours` may be `unknown`, and 24/7 is
    promised only where it says so. Past `check_by` somebody must look at the provider's page again.
    """

    kind: Literal[
        "emergency", "crisis", "youth", "substance_use", "poison", "overdose", "directory"
    ]
    name: Text
    phone: Phone | None = None
    sms: Sms | None = None
    url: HttpsAddress | None = None
    hours: Text
    languages: list[str]
    scope: Text = "general"
    notes: str = ""
    confirmations: Annotated[int, Field(ge=0)]
    check_by: date
    sources: Annotated[list[Source], Field(min_length=1)]

    @model_validator(mode="after")
    def _can_be_reached(self) -> "Resource":
        if not (self.phone or self.sms or self.url):
            raise ValueError("give at least one of phone, sms, url")
        return self

    @property
    def is_confirmed(self) -> bool:
        """Whether two or more independent sources give the number."""
        return self.confirmations >= 2

    @property
    def is_general(self) -> bool:
        """Whether it serves everybody in the country: no narrower region or group."""
        return self.scope == "general"


class ResourceFile(_Strict):
    """content/resources/<country>.toml."""

    country: Country
    name: Text
    review: Review
    resource: Annotated[list[Resource], Field(min_length=1)]


class OptionEntry(_Strict):
    """One button of a question."""

    value: Text
    label: Text


class QuestionEntry(_Strict):
    """One question of a script; a scale without options gets one button a number."""

    id: Text
    kind: Literal["scale", "choice", "hours", "text", "place", "time", "confirm"]
    ask: Text
    options: list[OptionEntry] = []
    minimum: int | None = None
    maximum: int | None = None
    max_chars: int = LONGEST_TEXT
    skippable: bool = True
    columns: int = 6

    @model_validator(mode="after")
    def _can_be_asked(self) -> "QuestionEntry":
        self.question()
        return self

    @property
    def buttons(self) -> tuple[tuple[str, str], ...]:
        """Value and label of every button, in order."""
        few = 0 <= (self.minimum or 0) <= (self.maximum or 0) <= MOST_SCALE_BUTTONS
        if self.kind == "scale" and not self.options and few:
            numbers = range(self.minimum or 0, (self.maximum or 0) + 1)
            return tuple((str(number), f"scale-{number}") for number in numbers)
        return tuple((option.value, option.label) for option in self.options)

    def question(self) -> Question:
        """The same as a value of the domain; ValueError where it cannot be asked."""
        return Question(
            id=self.id,
            kind=Kind(self.kind),
            ask=self.ask,
            options=tuple(Option(value=value, label=label) for value, label in self.buttons),
            minimum=self.minimum,
            maximum=self.maximum,
            max_chars=self.max_chars,
            skippable=self.skippable,
            columns=self.columns,
        )


class ScriptEntry(_Strict):
    """One script; raise `version` whenever the meaning of an answer changes."""

    id: Text
    version: int
    opens_with: Text | None = None
    closes_with: Text
    lasts_hours: Annotated[int, Field(le=24 * 30)]
    question: list[QuestionEntry]

    @model_validator(mode="after")
    def _can_run(self) -> "ScriptEntry":
        self.script()
        return self

    def texts(self) -> tuple[str, ...]:
        """Every key of the texts that the script names."""
        opening = (self.opens_with,) if self.opens_with else ()
        asks = tuple(question.ask for question in self.question)
        labels = tuple(label for question in self.question for _, label in question.buttons)
        return (*opening, self.closes_with, *asks, *labels)

    def script(self) -> Script:
        """The same as a value of the domain; ValueError where it cannot run."""
        return Script(
            id=self.id,
            version=self.version,
            questions=tuple(entry.question() for entry in self.question),
            opens_with=self.opens_with,
            closes_with=self.closes_with,
            lasts_hours=self.lasts_hours,
        )


class Programme(_Strict):
    """content/programme.toml."""

    review: Review
    script: Annotated[list[ScriptEntry], Field(min_length=1)]


class Forbidden(_Strict):
    """Words that no text may contain, and the reason that is shown."""

    words: Annotated[list[Text], Field(min_length=1)]
    reason: Text


class Retired(_Strict):
    """A number that must not come back into the resources."""

    country: Country
    number: Phone
    reason: Text


class Words(_Strict):
    """content/words.toml."""

    forbidden: dict[str, list[Forbidden]]
    retired: list[Retired] = []
