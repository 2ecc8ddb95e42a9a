import logging

import pytest

from tests.sandbox.conftest import Stage

# The shape of a real token, put together here so that no scanner takes it for one.
REAL_LOOKING = "1234567890:" + "Ab" * 17 + "_"


@pytest.mark.parametrize("path", ["/bot{}/getMe", "/file/bot{}/photos/file_1.png"])
async def test_a_token_that_looks_real_is_refused_and_kept_nowhere(
    stage: Stage, path: str, caplog: pytest.LogCaptureFixture
) -> None:
    logging.getLogger("httpx").setLevel(logging.WARNING)
    caplog.set_level(logging.DEBUG, "uvicorn")
    answer = await stage.http.get(path.format(REAL_LOOKING))
    assert answer.status_code == 401
    assert answer.json() == {"ok": False, "error_code": 401, "description": "Unauthorized"}
    assert REAL_LOOKING not in answer.text + caplog.text
    assert (await stage.look("requests"))["methods"] == {}


@pytest.mark.parametrize("token", ["nonsense", "x:y", "1:", ":y"])
async def test_a_malformed_token_is_not_found(stage: Stage, token: str) -> None:
    answer = await stage.http.get(f"/bot{token}/getMe")
    assert answer.status_code == 404
    assert answer.json() == {"ok": False, "error_code": 404, "description": "Not Found"}


@pytest.mark.parametrize("token", ["1:sandbox", "123456:short", "999:" + "a" * 35])
async def test_invented_tokens_are_taken(stage: Stage, token: str) -> None:
    answer = await stage.http.get(f"/bot{token}/getMe")
    assert answer.json()["result"]["is_bot"] is True


async def test_other_host_names_are_refused(stage: Stage) -> None:
    answer = await stage.http.get("/sim/people", headers={"Host": "evil.example"})
    assert answer.status_code == 403
    assert answer.json() == {"error": "the sandbox answers to loopback names only"}


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://127.0.0.1.evil.example"]
)
async def test_other_sites_cannot_act_for_people(stage: Stage, origin: str) -> None:
    answer = await stage.http.post("/sim/people", json={}, headers={"Origin": origin})
    assert answer.status_code == 403
    assert (await stage.look("people"))["people"] == []


@pytest.mark.parametrize(
    "origin", ["http://localhost:8080", "http://127.0.0.1:1", "http://[::1]:2"]
)
async def test_pages_of_this_machine_may(stage: Stage, origin: str) -> None:
    answer = await stage.http.post("/sim/people", json={}, headers={"Origin": origin})
    assert answer.status_code == 200
