"""People who talk to the bot, so that a test reads as the conversation that it is.

Words are given as they are, or by the key of a text: `await sam.sees("consent-ask")`.
"""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from tests.words import label_of, pattern_of

if TYPE_CHECKING:
    from tests.house import House

PATIENCE_S = 5.0
LOOK_AGAIN_S = 0.25
Words = str | re.Pattern[str]


@dataclass(frozen=True)
class Card:
    """A message of the bot as it looked at one moment; buttons by label, with their data."""

    seq: int
    message_id: int
    text: str
    buttons: dict[str, str | None]
    date: int
    edited: bool

    def says(self, words: Words) -> bool:
        """Whether these words stand in it."""
        return pattern_of(words).search(self.text) is not None


def _card(view: dict[str, Any]) -> Card:
    buttons = {each["text"]: each.get("data") for row in view["buttons"] for each in row}
    return Card(
        view["seq"], view["message_id"], view["text"], buttons, view["date"], view["edited"]
    )


class Person:
    """Somebody with Telegram. Every method that looks waits up to five seconds."""

    def __init__(self, house: "House", number: int, name: str) -> None:
        self.house = house
        self.id = number
        self.name = name
        self.wrote: list[int] = []
        self._seen = 0

    # Doing

    async def says(self, text: str) -> None:
        """Write a text."""
        self._wrote(await self.house.sim("say", person=self.id, text=text))

    async def sends(self, **message: Any) -> None:
        """Send a message of any kind, by its raw fields."""
        self._wrote(await self.house.sim("send", person=self.id, message=message))

    def _wrote(self, answer: dict[str, Any]) -> None:
        self.wrote.append(answer["message_id"])

    async def edits(self, text: str) -> None:
        """Change the text written last."""
        await self.house.sim("edit", person=self.id, message_id=self.wrote[-1], text=text)

    async def taps(self, label: str, on: Card | None = None) -> Card:
        """Press a button of the newest message that shows it, or of a card kept from earlier.

        A card from earlier is pressed as it was: another device may still show it.
        """
        wanted = label_of(label)
        if on is None:
            card = await self._showing(wanted)
            await self.house.sim("tap", person=self.id, message_id=card.message_id, text=wanted)
            return card
        await self.presses(on.buttons[wanted] or "", on)
        return on

    async def presses(self, data: str, on: Card) -> None:
        """Send callback data as they are, forged ones too."""
        await self.house.sim("tap", person=self.id, message_id=on.message_id, data=data, force=True)

    async def _showing(self, label: str) -> Card:
        cards: list[Card] = []
        async for cards in self._looks():
            for card in reversed(cards):
                if label in card.buttons:
                    return card
        raise AssertionError(f"no button {label!r}; {_told(cards[-3:])}")

    async def _looks(self) -> AsyncIterator[list[Card]]:
        """The bot's messages each time something has happened, for five seconds."""
        events, loop = self.house.world.events, asyncio.get_running_loop()
        ends_at = loop.time() + PATIENCE_S
        while loop.time() < ends_at:
            seen = events.seq
            yield await self.cards()
            if events.seq == seen:
                await events.bell.wait(LOOK_AGAIN_S)

    async def blocks(self) -> None:
        """Block the bot."""
        await self.house.sim("block", person=self.id, blocked=True)

    async def unblocks(self) -> None:
        """Unblock the bot."""
        await self.house.sim("block", person=self.id, blocked=False)

    # Looking

    async def sees(self, *words: Words) -> Card:
        """Wait for a message or an edit that is new and has all these words."""
        new: list[Card] = []
        async for cards in self._looks():
            new = [card for card in cards if card.seq > self._seen]
            for card in new:
                if all(card.says(each) for each in words):
                    self._seen = card.seq
                    return card
        raise AssertionError(f"{words} were not said; new were {_told(new)}")

    async def sees_nothing_new(self) -> None:
        """Wait until the bot has nothing left to do: not a word has come meanwhile."""
        await self.house.quiet()
        new = await self._new()
        assert not new, _told(new)

    async def sees_only(self, *words: Words) -> Card:
        """The same as `sees`, and then nothing new."""
        card = await self.sees(*words)
        await self.sees_nothing_new()
        return card

    async def sees_toast(self, words: Words) -> None:
        """Wait until the newest short notice has these words."""
        toasts: list[dict[str, Any]] = []
        ends_at = asyncio.get_running_loop().time() + PATIENCE_S
        while asyncio.get_running_loop().time() < ends_at:
            toasts = (await self.house.look("toasts", person=self.id))["toasts"]
            if toasts and pattern_of(words).search(toasts[-1]["text"]):
                return
            await asyncio.sleep(0.02)
        raise AssertionError(f"no notice {words!r}, only {[each['text'] for each in toasts]}")

    async def _new(self) -> list[Card]:
        return [card for card in await self.cards() if card.seq > self._seen]

    async def cards(self) -> list[Card]:
        """Every message of the bot as it looks now, in the order of the last change."""
        views = (await self.house.look("messages", person=self.id))["messages"]
        return [_card(view) for view in views if view["from"] == "bot"]

    async def last(self) -> Card:
        """The message of the bot that changed last."""
        return (await self.cards())[-1]

    async def buttons(self) -> list[str]:
        """The labels under the message that changed last."""
        return list((await self.last()).buttons)

    # Whole stretches of conversation

    async def joins(self, town: str = "Berlin", wall: str = "08:00") -> None:
        """Go through the first run."""
        await self.says("/start")
        await self.sees("start-what")
        await self.taps("start-yes-adult")
        await self.sees("consent-ask")
        await self.taps("consent-yes")
        await self.sees("join-place")
        await self.says(town)
        await self.sees("join-zone-right")
        await self.taps("label-yes")
        await self.sees("join-time")
        await self.taps(wall)
        await self.sees("join-done" if ":" in wall else "join-done-no-time")

    async def checks_in(self, upto: str = "headache") -> Card:
        """Ask for a check-in, and skip as far as a question."""
        await self.says("/checkin")
        card = await self.sees("ask-headache")
        for following in ("sleep", "mood", "craving", "note"):
            if card.says(f"ask-{upto}"):
                break
            await self.taps("label-skip")
            card = await self.sees(f"ask-{following}")
        return card

    async def writes_note(self, note: str) -> Card:
        """Ask for a check-in and answer nothing but the note."""
        await self.checks_in("note")
        await self.says(note)
        return await self.sees("checkin-done")

    # Updates as no app of Telegram would make them

    async def sends_raw(self, text: str, **more: Any) -> None:
        """A text that is handed over exactly as it is."""
        await self.house.update(update_id=self.fresh_update_id(), message=self.raw(text, **more))

    def raw(self, text: str | None, **more: Any) -> dict[str, Any]:
        """The Message of a private chat, with this text if any."""
        number = self.house.world.next_message_id()
        self.wrote.append(number)
        known = self.house.world.people.get(self.id)
        assert known is not None
        known.started = True
        user = {"id": self.id, "is_bot": False, "first_name": self.name, "language_code": "en"}
        message: dict[str, Any] = {
            "message_id": number,
            "date": int(self.house.now().timestamp()),
            "chat": {"id": self.id, "type": "private", "first_name": self.name},
            "from": user,
            **({} if text is None else {"text": text}),
        }
        return {**message, **more}

    def fresh_update_id(self) -> int:
        """A number that no update has yet."""
        return self.house.world.updates.fresh_id()


def _told(cards: list[Card]) -> str:
    return json.dumps([[card.text, list(card.buttons)] for card in cards], ensure_ascii=False)
