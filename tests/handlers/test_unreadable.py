from bot.storage import tables
from tests.chat import Person
from tests.house import House


async def test_what_cannot_be_taken_apart_is_said_to_be_so_with_help_one_press_away(
    house: House, sam: Person
) -> None:
    house.expected.add("update_unreadable")
    await house.update(update_id=sam.fresh_update_id(), message=sam.raw("x", photo="x", date="x"))
    await sam.sees_only("cannot-read")
    assert await sam.buttons() == ["Help now"]


async def test_what_cannot_be_taken_apart_and_is_from_nobody_is_done_without_a_word(
    house: House, sam: Person
) -> None:
    sent = house.requests("sendMessage")
    group = {"id": -77, "type": "group", "title": "g"}
    message = {**sam.raw("x", photo="x"), "chat": group}
    await house.update(update_id=sam.fresh_update_id(), message=message)
    await house.until_count(1, tables.inbox, tables.inbox.c.state == "done")
    assert "update_unreadable" in house.events()
    assert house.requests("sendMessage") == sent
