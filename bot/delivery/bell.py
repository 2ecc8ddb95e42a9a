"""A bell that wakes a loop: there is work now, do not wait for the next look."""

import asyncio


class Bell:
    """Rung by whoever made work; the loop also looks by itself, so a missed ring costs a moment."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        """There is work."""
        self._event.set()

    async def wait(self, at_most_s: float) -> None:
        """Sleep until the bell rings, at most so long."""
        try:
            async with asyncio.timeout(at_most_s):
                await self._event.wait()
        except TimeoutError:
            return
        finally:
            self._event.clear()
