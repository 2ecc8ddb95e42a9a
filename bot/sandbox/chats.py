"""What was said in a chat, and what changed since somebody last looked."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]


@dataclass(slots=True)
class Post:
    """One message of a chat: the Bot API object and what only the sandbox knows about it."""

    body: Json
    from_bot: bool
    seq: int = 0
    edited: bool = False
    deleted: bool = False
    pinned: bool = False
    reaction: str | None = None
    reply_keyboard: list[list[str]] | None = None

    @property
    def message_id(self) -> int:
        """The number of the message."""
        return int(self.body["message_id"])

    def inline_keyboard(self) -> list[list[Json]]:
        """Rows of inline buttons; empty if there are none."""
        rows: list[list[Json]] = self.body.get("reply_markup", {}).get("inline_keyboard", [])
        return rows


@dataclass(slots=True)
class Chat:
    """The posts of one private chat, by number and by the order of their last change."""

    posts: dict[int, Post] = field(default_factory=dict)
    _by_change: dict[int, Post] = field(default_factory=dict)
    seq: int = 0

    def touch(self, post: Post, seq: int) -> None:
        """Note that the post is new or changed, as the `seq`-th change of the world."""
        self._by_change.pop(post.seq, None)
        post.seq = self.seq = seq
        self.posts[post.message_id] = post
        self._by_change[seq] = post

    def find(self, message_id: int) -> Post | None:
        """The post with this number, unless it was deleted."""
        post = self.posts.get(message_id)
        return None if post is None or post.deleted else post

    def changed_after(self, seq: int) -> list[Post]:
        """Posts that are new or changed since `seq`, in the order of their last change."""
        found = list(self._newer(seq))
        found.reverse()
        return found

    def _newer(self, seq: int) -> Iterator[Post]:
        for post in reversed(self._by_change.values()):
            if post.seq <= seq:
                return
            yield post
