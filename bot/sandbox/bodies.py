"""What a request carries: query string, JSON, form or multipart, as the real server reads them."""

from typing import Any
from urllib.parse import parse_qsl

from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from bot.sandbox.files import FILE_MAX_BYTES, Upload
from bot.sandbox.refusals import Refused, bad_request
from bot.sandbox.strict_json import read_json

# Room for a file and its fields; the official server takes 50 MB files.
_BODY_MAX_BYTES = FILE_MAX_BYTES + 1024 * 1024


async def read_body(request: Request) -> tuple[dict[str, Any], dict[str, Upload]]:
    """Raw values and uploaded files of a request; Refused if they cannot be read."""
    values: dict[str, Any] = dict(request.query_params)
    if request.method != "POST":
        return values, {}
    if int(request.headers.get("content-length") or 0) > _BODY_MAX_BYTES:
        raise Refused(413, "Request Entity Too Large")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind == "multipart/form-data":
        return await _read_multipart(request, values)
    body = await request.body()
    if kind == "application/json":
        values.update(_read_json(body))
    elif body:
        values.update(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))
    return values, {}


def _read_json(body: bytes) -> dict[str, Any]:
    try:
        values = read_json(body) if body else {}
    except ValueError as error:
        raise bad_request("can't parse JSON object in the request body") from error
    if not isinstance(values, dict):
        raise bad_request("the request body must be a JSON object")
    return values


async def _read_multipart(
    request: Request, values: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Upload]]:
    uploads: dict[str, Upload] = {}
    try:
        async with request.form() as form:
            for name, value in form.multi_items():
                if isinstance(value, UploadFile):
                    uploads[name] = await _upload(name, value)
                else:
                    values[name] = value
    except HTTPException as error:
        raise bad_request(f"can't parse multipart form: {error.detail}") from error
    return values, uploads


async def _upload(name: str, part: UploadFile) -> Upload:
    mime = part.content_type or "application/octet-stream"
    return Upload(part.filename or name, mime, await part.read())
