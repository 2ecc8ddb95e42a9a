"""The HTTP side of the Bot API: token, faults, method, answer."""

import asyncio
import json
import time
from typing import Any

from starlette.requests import ClientDisconnect, Request
from starlette.responses import HTMLResponse, Response

from bot.sandbox.bodies import read_body
from bot.sandbox.faults import Fault, FaultKind
from bot.sandbox.methods import GET_UPDATES, HANDLERS
from bot.sandbox.parameters import Call, coerce, load_table
from bot.sandbox.refusals import (
    METHOD_NOT_FOUND,
    NOT_FOUND,
    UNAUTHORIZED,
    Refused,
    too_many_requests,
)
from bot.sandbox.tokens import TokenKind, token_kind
from bot.sandbox.wires import Wires
from bot.sandbox.world import World

_BAD_GATEWAY = (
    "<html><head><title>502 Bad Gateway</title></head><body>502 Bad Gateway</body></html>"
)
_AFTER_EXECUTION = frozenset({FaultKind.SLOW, FaultKind.LOST})


def check_token(token: str) -> None:
    """Refused unless the token is plainly invented."""
    match token_kind(token):
        case TokenKind.REAL:
            raise Refused(*UNAUTHORIZED)
        case TokenKind.MALFORMED:
            raise Refused(*NOT_FOUND)


def _json(body: str, status: int = 200) -> Response:
    return Response(body, status, media_type="application/json")


def refusal(refused: Refused) -> Response:
    """The answer to a refused request, with a Retry-After header where Telegram sends one."""
    answer = _json(json.dumps(refused.answer()), refused.code)
    if refused.parameters and "retry_after" in refused.parameters:
        answer.headers["Retry-After"] = str(refused.parameters["retry_after"])
    return answer


class BotApi:
    """Answers /bot<token>/<method> and /file/bot<token>/<path>."""

    def __init__(self, world: World, wires: Wires) -> None:
        self._world = world
        self._wires = wires
        self._table = load_table()
        self._names = {name.lower(): name for name in self._table}

    async def method(self, request: Request) -> Response:
        """Carry out one method."""
        try:
            check_token(request.path_params["token"])
            name = self._names.get(request.path_params["method"].lower())
            if name is None:
                raise Refused(*METHOD_NOT_FOUND)
        except Refused as refused:
            return refusal(refused)
        self._world.ledger.arrived(name)
        try:
            return await self._answer(name, request)
        except Refused as refused:
            self._world.ledger.refused(name)
            return refusal(refused)
        except ClientDisconnect:  # a bot that was killed while it spoke hears nothing
            return Response(status_code=499)

    async def _answer(self, name: str, request: Request) -> Response:
        if name not in HANDLERS:
            raise Refused(501, f"Not Implemented: the sandbox does not emulate {name}")
        raw, uploads = await read_body(request)
        unknown = raw.keys() - self._table[name].keys()
        if unknown:
            self._world.ledger.unknown_parameters(name, set(unknown))
        chat_id = self._chat_id(raw)
        fault = self._world.faults.strike(name, chat_id)
        if fault is not None:
            self._world.events.publish("fault", fault=fault.kind.value, method=name)
            if fault.kind not in _AFTER_EXECUTION:
                return await self._refuse(name, fault, request)
        elif self._world.floods.too_fast(name, chat_id, time.monotonic()):
            raise too_many_requests(1)
        sends_before = self._world.ledger.count
        body = await self._execute(coerce(name, self._table[name], raw, uploads))
        if fault is not None and fault.kind is FaultKind.LOST:
            if name != GET_UPDATES:
                self._world.ledger.unanswered(sends_before)
            return await self._cut(request, reset=False)
        if fault is not None:
            await asyncio.sleep(fault.delay_s)
        return _json(body)

    async def _execute(self, call: Call) -> str:
        result = HANDLERS[call.method](self._world, call)
        if call.method == GET_UPDATES:
            return f'{{"ok":true,"result":[{",".join(await result)}]}}'
        return json.dumps({"ok": True, "result": result})

    def _chat_id(self, raw: dict[str, Any]) -> int | None:
        """The chat that a request is about, as far as it can be told before it is checked."""
        if "callback_query_id" in raw:
            query = self._world.callbacks.find(str(raw["callback_query_id"]))
            return query.person if query else None
        try:
            return int(raw["chat_id"])
        except (KeyError, TypeError, ValueError):
            return None

    async def _refuse(self, name: str, fault: Fault, request: Request) -> Response:
        if fault.kind is FaultKind.REFUSE:
            return await self._cut(request, reset=True)
        if fault.kind is FaultKind.HTML:
            self._world.ledger.refused(name)
            return HTMLResponse(_BAD_GATEWAY, 502)
        raise fault.refusal()

    async def _cut(self, request: Request, reset: bool) -> Response:
        if request.client is None:
            raise RuntimeError("a connection without a client's address cannot be cut")
        self._wires.cut((request.client.host, request.client.port), reset)
        while (await request.receive())["type"] != "http.disconnect":
            continue
        return Response(status_code=499)

    async def file(self, request: Request) -> Response:
        """Hand out a stored file."""
        try:
            check_token(request.path_params["token"])
        except Refused as refused:
            return refusal(refused)
        stored = self._world.files.by_path(request.path_params["path"])
        if stored is None:
            return refusal(Refused(*NOT_FOUND))
        return Response(stored.upload.content, media_type="application/octet-stream")
