"""An optional model of Telegram's flood limits; off until somebody asks for it."""

from collections import deque

# Telegram's FAQ for bots: about 30 messages a second over all, one a second in one chat.
PER_SECOND = 30
PER_CHAT_S = 1.0
_LIMITED = ("send", "edit", "copy", "forward")


class FloodModel:
    """Remembers when executed messages went out, in monotonic seconds."""

    def __init__(self) -> None:
        self.on = False
        self._all: deque[float] = deque(maxlen=PER_SECOND)
        self._last_in_chat: dict[int, float] = {}

    def too_fast(self, method: str, chat_id: int | None, now_s: float) -> bool:
        """Whether this request must be refused; a request that may pass is counted."""
        if not self.on or chat_id is None or not method.startswith(_LIMITED):
            return False
        crowded = len(self._all) == PER_SECOND and now_s - self._all[0] < 1.0
        last_s = self._last_in_chat.get(chat_id)
        if crowded or (last_s is not None and now_s - last_s < PER_CHAT_S):
            return True
        self._all.append(now_s)
        self._last_in_chat[chat_id] = now_s
        return False
