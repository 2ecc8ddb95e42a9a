"""A server in virtual time that keeps the books, for tests of the pace keeper."""

import asyncio
from dataclasses import dataclass, field

from bot.delivery.pace import Held, Pace
from bot.domain.messages import Lane

EXACT_S = 1e-6  # for sums of floats


@dataclass
class Server:
    """Answers after a latency and keeps the books; a request arrives somewhere on its way."""

    pace: Pace
    arrivals: list[float] = field(default_factory=list)
    grants: list[tuple[float, Lane, str]] = field(default_factory=list)
    answers: list[tuple[float, str]] = field(default_factory=list)
    held: int = 0

    async def send(
        self,
        lane: Lane,
        chat: str,
        latency_s: float = 0.06,
        arrives: float = 0.5,
        fails: bool = False,
    ) -> None:
        time = asyncio.get_running_loop().time
        try:
            async with self.pace.turn(lane, chat):
                self.grants.append((time(), lane, chat))
                await asyncio.sleep(latency_s * arrives)
                self.arrivals.append(time())
                await asyncio.sleep(latency_s * (1 - arrives))
                self.answers.append((time(), chat))
                if fails:
                    raise ConnectionError
        except Held:
            self.held += 1
        except ConnectionError:
            assert fails

    def most_in_a_second(self) -> int:
        times = sorted(self.arrivals)
        return max((sum(t <= other < t + 1 - EXACT_S for other in times) for t in times), default=0)
