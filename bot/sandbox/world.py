"""Everything the sandbox knows, in memory: people, chats, updates, clock, faults, ledger."""

from collections import defaultdict
from typing import Any

from bot.clock import MovableClock
from bot.sandbox.callbacks import Callbacks
from bot.sandbox.chats import Chat, Json, Post
from bot.sandbox.events import Events
from bot.sandbox.faults import Faults
from bot.sandbox.files import Files
from bot.sandbox.floods import FloodModel
from bot.sandbox.ledger import Ledger
from bot.sandbox.people import People, Person
from bot.sandbox.profile import Profile
from bot.sandbox.refusals import BLOCKED, DEACTIVATED, Refused, bad_request
from bot.sandbox.timekeeper import Timekeeper
from bot.sandbox.updates import UpdateQueue
from bot.sandbox.webhooks import Webhook


class World:
    """One invented Telegram with one bot; all dates and lifetimes go by the clock given."""

    def __init__(self, clock: MovableClock, webhook_retry_s: float = 1.0) -> None:
        self.clock = clock
        self.time = Timekeeper(clock)
        self.profile = Profile()
        self.events = Events()
        self.updates = UpdateQueue(self.time.now_s)
        self.webhook = Webhook(self.updates, webhook_retry_s)
        self._seq = 0
        self._last_message_id = 0
        self._begin()

    def _begin(self) -> None:
        self.people = People()
        self.chats: defaultdict[int, Chat] = defaultdict(Chat)
        self.callbacks = Callbacks(self.time.now_s)
        self.files = Files()
        self.faults = Faults()
        self.floods = FloodModel()
        self.ledger = Ledger()

    def reset(self) -> None:
        """Forget people, chats, updates, faults and records, and set the clock right.

        The bot's own settings (webhook, commands) stay, and numbers go on rising, so that a bot
        that keeps running is not confused.
        """
        self._begin()
        self.updates.clear()
        self.updates.forget_receipts()
        self.time.reset()
        self.events.publish("clock")
        self.events.publish("person")

    def open(self) -> None:
        """Let requests wait again; a world can be served again after its server stopped."""
        self.updates.open()
        self.events.open()
        self.time.open()

    def close(self) -> None:
        """Let waiting requests end."""
        self.updates.close()
        self.events.close()
        self.time.close()

    def date(self) -> int:
        """The present moment in whole Unix seconds, as messages carry it."""
        return int(self.time.now_s())

    def next_message_id(self) -> int:
        """A fresh message number; as on Telegram one row of numbers serves all private chats."""
        self._last_message_id += 1
        return self._last_message_id

    def touch(self, post: Post) -> None:
        """Note that a post is new or changed, and tell the followers."""
        self._seq += 1
        chat_id: int = post.body["chat"]["id"]
        self.chats[chat_id].touch(post, self._seq)
        self.events.publish("message", person=chat_id)

    def reachable(self, chat_id: int | str | None) -> Person:
        """The person behind a chat that the bot may write to, or Refused."""
        person = self.known(chat_id)
        if person.deactivated:
            raise Refused(*DEACTIVATED)
        if person.blocked:
            raise Refused(*BLOCKED)
        return person

    def known(self, chat_id: int | str | None) -> Person:
        """The person behind a chat that the bot knows, or Refused."""
        if chat_id is None or chat_id == "":
            raise bad_request("chat_id is empty")
        person = self.people.get(chat_id) if isinstance(chat_id, int) else None
        if person is None or not person.started:
            raise bad_request("chat not found")
        return person

    def post_of_bot(self, person: Person, content: Json, labels: list[list[str]] | None) -> Post:
        """Put a message of the bot into a chat."""
        body = {
            "message_id": self.next_message_id(),
            "from": self.profile.user,
            "chat": person.chat(),
            "date": self.date(),
            **content,
        }
        post = Post(body=body, from_bot=True, reply_keyboard=labels)
        self.touch(post)
        return post

    def post_of_person(self, person: Person, content: Json) -> tuple[Post, int]:
        """Put a message of a person into the chat; returns it and its update's number."""
        person.started = True
        body = {
            "message_id": self.next_message_id(),
            "from": person.user(),
            "chat": person.chat(),
            "date": self.date(),
            **content,
        }
        post = Post(body=body, from_bot=False)
        self.touch(post)
        return post, self.updates.put("message", person.id, body, float(body["date"]))

    def webhook_info(self) -> dict[str, Any]:
        """The WebhookInfo of the Bot API."""
        return self.webhook.info(len(self.updates), self.updates.allowed)
