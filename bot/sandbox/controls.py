"""The levers of the sandbox: clock, faults, raw updates."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from bot.sandbox.chats import Json
from bot.sandbox.faults import FaultKind
from bot.sandbox.methods import HANDLERS
from bot.sandbox.orders import Order, SimError
from bot.sandbox.timekeeper import resolve
from bot.sandbox.world import World

# Waits of the machine, not of the sandbox's clock; longer ones would only hang a test.
DELAY_MAX_S = 600.0
_METHODS = frozenset(name.lower() for name in HANDLERS)


def move_clock(world: World, order: Order) -> Json:
    """Move the clock: by_s, to, at + person_zone, or reset."""
    if order.fields.get("reset") is True:
        world.time.reset()
    else:
        _move(world, order)
    world.events.publish("clock")
    return world.time.view()


def _move(world: World, order: Order) -> None:
    try:
        if "by_s" in order.fields:
            world.time.move(timedelta(seconds=order.number("by_s", 0)))
        elif "at" in order.fields:
            zone = order.text("person_zone", "UTC")
            world.time.move_to(resolve(order.text("at"), zone, world.time.now()))
        else:
            world.time.move_to(_moment(order.text("to")))
    except (ValueError, OverflowError) as error:
        raise SimError(400, str(error)) from error


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def add_fault(world: World, order: Order) -> Json:
    """Lay a fault in the way, or switch the flood model on with kind "flood"."""
    wanted = order.text("kind")
    if wanted == "flood":
        world.floods.on = True
        return {"id": 0}
    try:
        kind = FaultKind(wanted)
    except ValueError as error:
        raise SimError(400, f"no such kind of fault: {wanted}") from error
    times = order.optional_whole("times")
    if times is not None and times < 1:
        raise SimError(400, '"times" must be at least 1')
    fault = world.faults.add(
        kind,
        methods=_methods(order.fields.get("method")),
        person=order.optional_whole("person"),
        times_left=times,
        retry_after_s=max(1, round(order.number("retry_after_s", 5))),
        delay_s=min(max(order.number("delay_s", 5), 0.0), DELAY_MAX_S),
        description=order.fields.get("description"),
    )
    return {"id": fault.id}


def _methods(given: Any) -> frozenset[str] | None:
    if given is None:
        return None
    names = [given] if isinstance(given, str) else given
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise SimError(400, '"method" must be a name or a list of names')
    # A misspelt name would never be hit, and a test with it would prove nothing.
    unknown = [name for name in names if name.lower() not in _METHODS]
    if unknown:
        raise SimError(400, f"the sandbox has no method {unknown[0]}")
    return frozenset(name.lower() for name in names)


def faults_view(world: World) -> Json:
    """Every fault that waits, and whether the flood model is on."""
    return {"faults": [fault.view() for fault in world.faults.all()], "flood": world.floods.on}


def clear_faults(world: World) -> Json:
    """Take all faults away and switch the flood model off."""
    world.faults.clear()
    world.floods.on = False
    return {}


def inject_update(world: World, order: Order) -> Json:
    """Queue an update as it is, valid or not."""
    if "raw" in order.fields:
        raw = order.text("raw")
        update_id, kind, chat_id = _peek(_parsed(raw))
        return {"update_id": world.updates.inject(raw, kind, chat_id, update_id)}
    update_id, kind, chat_id = _peek(order.fields)
    content = dict(order.fields)
    if "update_id" not in content:
        update_id = world.updates.fresh_id()
        content = {"update_id": update_id, **content}
    raw = json.dumps(content)
    return {"update_id": world.updates.inject(raw, kind, chat_id, update_id)}


def _parsed(raw: str) -> Any:
    try:
        return json.loads(raw)
    except ValueError:
        # A broken text is exactly what some tests want to hand out.
        return {}


def _peek(update: Any) -> tuple[int | None, str, int]:
    """Number, kind and chat of an update, as far as it has them."""
    if not isinstance(update, dict):
        return None, "", 0
    number = update.get("update_id")
    kind = next((name for name in update if name != "update_id"), "")
    content = update.get(kind)
    sender = content.get("from") if isinstance(content, dict) else None
    chat_id = sender.get("id") if isinstance(sender, dict) else 0
    whole = number if isinstance(number, int) and not isinstance(number, bool) else None
    return whole, kind, chat_id if isinstance(chat_id, int) else 0
