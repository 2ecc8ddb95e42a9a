"""Noticing that a clock was set, by comparing it with one that cannot be."""

import asyncio

from bot.clock import Clock

JUMP_S = 2.0
"""Smaller differences are drift and slow ticks, not somebody's hand."""


class Jumps:
    """Compares a clock with the event loop's own, which only ever runs forward."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._offset_s = self._difference_s()

    def _difference_s(self) -> float:
        return self._clock.now().timestamp() - asyncio.get_running_loop().time()

    def since_last_s(self) -> float:
        """By how many seconds the clock was set since the last look; 0.0 when it was not."""
        now_s = self._difference_s()
        jump_s = now_s - self._offset_s
        if abs(jump_s) < JUMP_S:
            return 0.0
        self._offset_s = now_s
        return jump_s
