"""A bell that wakes everybody who waits for news."""

import asyncio


class Bell:
    """Wakes all waiters at each ring; has no memory, so look before you wait."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def ring(self) -> None:
        """Wake everybody who waits now."""
        rung, self._event = self._event, asyncio.Event()
        rung.set()

    async def wait(self, timeout_s: float) -> bool:
        """Wait for the next ring, at most so many real seconds; says whether it rang."""
        event = self._event
        try:
            async with asyncio.timeout(timeout_s):
                await event.wait()
        except TimeoutError:
            return False
        return True
