"""Cutting a connection in the middle of a request, which HTTP frameworks do not offer."""

import asyncio
import socket
import struct
from typing import Any

from uvicorn.protocols.http.h11_impl import H11Protocol


class Wires:
    """The open connections of a server, by the client's address."""

    def __init__(self) -> None:
        self._open: dict[tuple[str, int], asyncio.Transport] = {}

    def opened(self, client: tuple[str, int], transport: asyncio.Transport) -> None:
        """Remember a connection."""
        self._open[client] = transport

    def closed(self, client: tuple[str, int]) -> None:
        """Forget a connection."""
        self._open.pop(client, None)

    def cut(self, client: tuple[str, int], reset: bool) -> None:
        """End a connection without an answer: at once with a reset, or by closing it.

        KeyError if the server does not keep its connections here.
        """
        transport = self._open[client]
        if reset:
            # Linger 0 makes the kernel send a reset instead of a polite end.
            connection = transport.get_extra_info("socket")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            transport.abort()
        else:
            transport.close()


def protocol_with(wires: Wires) -> type[asyncio.Protocol]:
    """uvicorn's protocol, with its connections kept in `wires`."""

    class WiredProtocol(H11Protocol):
        def connection_made(self, transport: Any) -> None:
            super().connection_made(transport)
            if self.client is not None:
                wires.opened(self.client, transport)

        def connection_lost(self, exc: Exception | None) -> None:
            if self.client is not None:
                wires.closed(self.client)
            super().connection_lost(exc)

    return WiredProtocol
