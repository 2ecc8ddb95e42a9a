"""Lanes: the updates of one chat are handled in order, those of many chats at the same time."""

import asyncio
from collections.abc import Awaitable, Callable

from bot.delivery.bell import Bell
from bot.delivery.nursery import Nursery
from bot.delivery.raw import private_chat_of, sender_language
from bot.delivery.working import BROKEN_PAUSE_S, until_written, work_on
from bot.domain.messages import say
from bot.errors import Stale, StorageUnavailable
from bot.services.post import Post
from bot.services.safety import Safety
from bot.storage.inbox import MAX_ATTEMPTS, Letter
from bot.telemetry import Pulse, fault, get_log

_log = get_log("lanes")

AT_ONCE = 32
LOOK_EVERY_S = 1.0
"""How often to look without a ring, which only this process's own work can give."""
HANDLING_S = 30.0
STALE_PAUSE_S = 0.1
RETRY_PAUSES_S = (0.5, 1.5)

Handle = Callable[[Letter], Awaitable[None]]


class Lanes:
    """Takes updates from the inbox and has them handled; a failure costs that update alone."""

    def __init__(
        self,
        worker: str,
        post: Post,
        safety: Safety,
        handle: Handle,
        nursery: Nursery,
        bell: Bell,
        sender_bell: Bell,
        pulse: Pulse,
        look_every_s: float = LOOK_EVERY_S,
    ) -> None:
        self._worker = worker
        self._post = post
        self._safety = safety
        self._handle = handle
        self._nursery = nursery
        self._bell = bell
        self._sender_bell = sender_bell
        self._pulse = pulse
        self._look_every_s = look_every_s
        # By number: a clock that jumps past a lease must not have an update handled twice at once.
        self._in_hand: set[int] = set()

    async def run(self) -> None:
        """Work for ever; a database that is away is waited for."""
        await work_on("lanes", self.work_once, self._bell, self._look_every_s)

    async def work_once(self) -> bool:
        """Claim what may be handled now and start on it; was there any?"""
        room = AT_ONCE - len(self._in_hand)
        letters = await self._post.next_letters(self._worker, room) if room else []
        fresh = [letter for letter in letters if letter.seq not in self._in_hand]
        for letter in fresh:
            self._in_hand.add(letter.seq)
            self._nursery.start(self._work(letter), "update")
        return bool(fresh)

    async def _work(self, letter: Letter) -> None:
        try:
            if letter.attempts > MAX_ATTEMPTS:
                # It was claimed three times and never came back: it takes the process with it.
                await self._bury(letter, "killed_the_process")
            else:
                await self._attempt(letter)
        finally:
            self._in_hand.discard(letter.seq)
            self._bell.ring()
            self._sender_bell.ring()

    async def _attempt(self, letter: Letter) -> None:
        try:
            async with asyncio.timeout(HANDLING_S):
                await self._handle(letter)
        except StorageUnavailable as error:
            _log.warning("update_waits_for_database", seq=letter.seq, **fault(error))
            await until_written(
                lambda: self._post.try_again(
                    letter, self._worker, BROKEN_PAUSE_S, "storage", counted=False
                )
            )
        except Stale:
            # Somebody was faster, with this update or with its dialog: if it is not done by that,
            # it is simply handled again.
            await until_written(
                lambda: self._post.try_again(letter, self._worker, STALE_PAUSE_S, "stale")
            )
        except Exception as error:
            await self._failed(letter, error)
        else:
            self._pulse.count("updates_done")

    async def _failed(self, letter: Letter, error: Exception) -> None:
        _log.error("update_failed", seq=letter.seq, attempts=letter.attempts, **fault(error))
        self._pulse.count("updates_failed")
        reason = type(error).__name__
        if letter.attempts >= MAX_ATTEMPTS:
            await self._bury(letter, reason)
            return
        pause_s = RETRY_PAUSES_S[letter.attempts - 1]
        await until_written(lambda: self._post.try_again(letter, self._worker, pause_s, reason))

    async def _bury(self, letter: Letter, reason: str) -> None:
        _log.critical("dead_letter", seq=letter.seq, reason=reason)
        self._pulse.count("dead_letters")
        chat_id = private_chat_of(letter.update)
        language = sender_language(letter.update)

        async def write() -> None:
            apology = (
                None
                if chat_id is None
                else self._safety.apology(chat_id, language, letter.seq, say("sorry-dead"))
            )
            await self._post.bury(letter, reason, apology)

        await until_written(write)
