"""Refusals in the words of the real Bot API server.

Texts: github.com/tdlib/telegram-bot-api at 01a3679 (version 10.0) and github.com/tdlib/td at
022d602. Where the sandbox is stricter than the real server, docs/SANDBOX.md says so.
"""

from typing import Any


class Refused(Exception):
    """A request that is answered with ok=false; carries the code, the text and the parameters."""

    def __init__(
        self, code: int, description: str, parameters: dict[str, Any] | None = None
    ) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def answer(self) -> dict[str, Any]:
        """The JSON body of the answer."""
        body: dict[str, Any] = {
            "ok": False,
            "error_code": self.code,
            "description": self.description,
        }
        if self.parameters:
            body["parameters"] = self.parameters
        return body


def bad_request(text: str) -> Refused:
    """A 400 with the usual beginning."""
    return Refused(400, f"Bad Request: {text}")


def too_many_requests(retry_after_s: int) -> Refused:
    """A 429 that names the wait in whole seconds."""
    return Refused(
        429,
        f"Too Many Requests: retry after {retry_after_s}",
        {"retry_after": retry_after_s},
    )


UNAUTHORIZED = (401, "Unauthorized")
NOT_FOUND = (404, "Not Found")
METHOD_NOT_FOUND = (404, "Not Found: method not found")
BLOCKED = (403, "Forbidden: bot was blocked by the user")
DEACTIVATED = (403, "Forbidden: user is deactivated")
OTHER_POLLER = (
    409,
    "Conflict: terminated by other getUpdates request; "
    "make sure that only one bot instance is running",
)
WEBHOOK_TAKES_OVER = (409, "Conflict: terminated by setWebhook request")
WEBHOOK_ACTIVE = (
    409,
    "Conflict: can't use getUpdates method while webhook is active; "
    "use deleteWebhook to delete the webhook first",
)
QUERY_TOO_OLD = "query is too old and response timeout expired or query ID is invalid"
NOT_MODIFIED = (
    "message is not modified: specified new message content and reply markup are exactly "
    "the same as a current content and reply markup of the message"
)
