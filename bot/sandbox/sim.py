"""The /sim API: how the chat page, the terminal and the tests act for people."""

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from bot.sandbox import acts, controls
from bot.sandbox.chats import Json
from bot.sandbox.orders import Order, SimError, find_person, whole_query
from bot.sandbox.strict_json import read_json
from bot.sandbox.views import post_view
from bot.sandbox.world import World

CLOCK_POLL_S = 25.0
HEARTBEAT_S = 15.0
Act = Callable[[World, Order], Json]


async def read_order(request: Request) -> Order:
    """The JSON body of a request."""
    body = await request.body()
    try:
        return Order(read_json(body) if body else {})
    except ValueError as error:
        raise SimError(400, "the body must be JSON") from error


async def on_sim_error(_request: Request, error: Exception) -> Response:
    """One line says what was wrong."""
    status = error.status if isinstance(error, SimError) else 500
    return JSONResponse({"error": str(error)}, status)


class Sim:
    """The routes of /sim over one world."""

    def __init__(self, world: World) -> None:
        self._world = world

    def routes(self) -> list[Route]:
        """The whole route table."""
        return [
            Route("/people", self.people),
            Route("/people", self.add_person, methods=["POST"]),
            Route("/say", self._act(acts.say), methods=["POST"]),
            Route("/send", self._act(acts.send), methods=["POST"]),
            Route("/edit", self._act(acts.edit), methods=["POST"]),
            Route("/tap", self._act(acts.tap), methods=["POST"]),
            Route("/block", self._act(acts.block), methods=["POST"]),
            Route("/delete", self._act(acts.delete), methods=["POST"]),
            Route("/update", self._act(controls.inject_update), methods=["POST"]),
            Route("/messages", self.messages),
            Route("/toasts", self.toasts),
            Route("/events", self.events),
            Route("/clock", self.clock),
            Route("/clock", self._act(controls.move_clock), methods=["POST"]),
            Route("/faults", self.faults),
            Route("/faults", self._act(controls.add_fault), methods=["POST"]),
            Route("/faults", self.clear_faults, methods=["DELETE"]),
            Route("/faults/{number:int}", self.remove_fault, methods=["DELETE"]),
            Route("/ledger", self.ledger),
            Route("/requests", self.requests),
            Route("/confirmed", self.confirmed),
            Route("/files/{file_id}", self.file),
            Route("/reset", self.reset, methods=["POST"]),
        ]

    def _act(self, act: Act) -> Callable[[Request], Any]:
        async def endpoint(request: Request) -> Response:
            return JSONResponse(act(self._world, await read_order(request)))

        return endpoint

    async def people(self, _request: Request) -> Response:
        """Everybody."""
        return JSONResponse({"people": [person.view() for person in self._world.people.all()]})

    async def add_person(self, request: Request) -> Response:
        """A new person, who has not yet written to the bot."""
        order = await read_order(request)
        try:
            person = self._world.people.add(
                order.text("name", ""), order.text("language", "en"), order.optional_whole("id")
            )
        except ValueError as error:
            raise SimError(409, str(error)) from error
        self._world.events.publish("person", person=person.id)
        return JSONResponse(person.view())

    def _asked_person(self, request: Request) -> int:
        number = whole_query(request.query_params.get("person"), "person")
        return find_person(self._world, number).id

    async def messages(self, request: Request) -> Response:
        """Messages of a person's chat that are new or changed."""
        chat = self._world.chats[self._asked_person(request)]
        after = whole_query(request.query_params.get("after"), "after", 0)
        views = [post_view(post) for post in chat.changed_after(after)]
        return JSONResponse({"seq": chat.seq, "messages": views})

    async def toasts(self, request: Request) -> Response:
        """Answers to presses that a person saw."""
        toasts = self._world.callbacks.toasts(self._asked_person(request))
        return JSONResponse({"toasts": toasts})

    async def events(self, request: Request) -> Response:
        """Follow along by Server-Sent Events."""
        given = request.query_params.get("after", request.headers.get("last-event-id"))
        after = whole_query(given, "after", self._world.events.seq)
        return StreamingResponse(
            self._stream(after),
            media_type="text/event-stream",
            headers={"Cache-Control": "no-store"},
        )

    async def _stream(self, after: int) -> AsyncIterator[str]:
        events = self._world.events
        yield ": hello\n\n"
        while not events.closed:
            for event in events.after(after):
                after = event["seq"]
                yield f"id: {after}\ndata: {json.dumps(event)}\n\n"
            if events.seq <= after and not await events.bell.wait(HEARTBEAT_S):
                yield ": still here\n\n"

    async def clock(self, request: Request) -> Response:
        """The clock; with `after` only once it was moved, or after 25 real seconds."""
        time = self._world.time
        after = whole_query(request.query_params.get("after"), "after", -1)
        if time.version == after and not time.closed:
            await time.bell.wait(CLOCK_POLL_S)
        return JSONResponse(time.view())

    async def faults(self, _request: Request) -> Response:
        """Faults that wait."""
        return JSONResponse(controls.faults_view(self._world))

    async def clear_faults(self, _request: Request) -> Response:
        """Take all faults away."""
        return JSONResponse(controls.clear_faults(self._world))

    async def remove_fault(self, request: Request) -> Response:
        """Take one fault away."""
        if not self._world.faults.remove(request.path_params["number"]):
            raise SimError(404, "no such fault")
        return JSONResponse({})

    async def ledger(self, request: Request) -> Response:
        """Sends and edits that were carried out."""
        after = whole_query(request.query_params.get("after"), "after", 0)
        return JSONResponse({"sends": self._world.ledger.sends(after)})

    async def requests(self, request: Request) -> Response:
        """All requests that came in, refused ones too."""
        method = request.query_params.get("method")
        return JSONResponse({"methods": self._world.ledger.requests(method)})

    async def confirmed(self, _request: Request) -> Response:
        """Numbers of updates that the bot saw, confirmed, or let expire."""
        receipts = self._world.updates.receipts
        return JSONResponse(
            {
                "handed_out": list(receipts.handed_out),
                "confirmed": receipts.confirmed,
                "expired": receipts.expired,
            }
        )

    async def file(self, request: Request) -> Response:
        """A file for the chat page."""
        stored = self._world.files.by_id(request.path_params["file_id"])
        if stored is None:
            raise SimError(404, "no such file")
        return Response(
            stored.upload.content,
            media_type=stored.picture_type() or "application/octet-stream",
            headers={"X-Content-Type-Options": "nosniff"},
        )

    async def reset(self, _request: Request) -> Response:
        """Begin anew."""
        self._world.reset()
        return JSONResponse({})
