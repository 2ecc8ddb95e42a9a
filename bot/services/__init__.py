"""The services: one class a topic, one method a thing that a person (or the clock) can do."""

from dataclasses import dataclass

from bot.clock import Clock
from bot.library import Library
from bot.services.checkins import DAILY, CheckInFlow, CheckIns
from bot.services.conversations import Conversations
from bot.services.diary import Diary
from bot.services.flows import Flow
from bot.services.joining import JOIN, JoinFlow
from bot.services.people import People
from bot.services.post import Post
from bot.services.safety import Safety
from bot.storage.database import Database


@dataclass(frozen=True, slots=True)
class Services:
    """Everything that the front door and the loops may ask for."""

    people: People
    checkins: CheckIns
    conversations: Conversations
    diary: Diary
    safety: Safety
    post: Post


def build(database: Database, clock: Clock, library: Library) -> Services:
    """Put the services together over one database, one clock and one library."""
    daily = library.script(DAILY)
    flows: dict[str, Flow] = {DAILY: CheckInFlow(daily), JOIN: JoinFlow(library.script(JOIN))}
    conversations = Conversations(database, clock, flows)
    return Services(
        people=People(database, clock, library, conversations),
        checkins=CheckIns(database, clock, daily, conversations),
        conversations=conversations,
        diary=Diary(database, clock, daily),
        safety=Safety(database, clock, library),
        post=Post(database, clock),
    )
