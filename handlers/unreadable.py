"""Updates that cannot be taken apart, so that no route can look at them."""

from bot.domain.callers import Caller
from bot.domain.messages import say
from bot.services import Services
from bot.services.cards import HELP_ROW


async def answer(services: Services, receipt: int, caller: Caller | None) -> None:
    """Say honestly that it cannot be read, with help one press away; `caller` None is nobody."""
    if caller is None:
        await services.post.settle(receipt)
    else:
        await services.safety.say(caller, say("cannot-read", rows=(HELP_ROW,)))
