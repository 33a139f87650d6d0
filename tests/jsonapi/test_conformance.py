"""What the description allows, and what it does not, is asked of every operation: no 500, answers as described."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import CHECKS as KNOWN
from schemathesis.checks import load_all_checks

from onelot.jsonapi.api import description
from onelot.kernel.clock import system_clock
from onelot.web.wsgi import application
from tests.jsonapi.callers import Caller, token
from tests.jsonapi.test_who_may import BODIES, TABLE, prepared
from tests.site import World

pytestmark = [pytest.mark.site, pytest.mark.django_db]
load_all_checks()
OPERATIONS = sorted(TABLE)
UNUSED = {
    "use_after_free": "no operation deletes: what is over is ended or retired, and stays readable",
    "ensure_resource_availability": "it follows OpenAPI links from one operation to the next, and there are none",
    "object_level_authorization": "it wants two identities and an operation by which one makes an object; every object"
    " with every role, and of another organisation, is asked for in test_who_may.py",
}
"""Checks of schemathesis that could find nothing here, and why."""
ROLES = ("administrator", "reviewer", "site")
"""One of them, at least, may do each operation; the others are refused, and that is as described, too."""
CHECKS: list[Any] = [KNOWN.get_one(name) for name in KNOWN.get_all_names() if name not in UNUSED]
TIMES = ("since", "until")
"""Of these no schema says from which year to which they are, nor that a second is never the 61st."""
REFUSALS = ["2xx", "401", "403", "404", "409", "422", "503"]
"""What may answer a request that is as described; 422 is for what no schema can say: an unknown organisation."""


@pytest.mark.slow
@pytest.mark.parametrize("operation", OPERATIONS)
@pytest.mark.parametrize("role", ROLES)
def test_answers_are_as_described(world: World, settings: Any, operation: str, role: Any) -> None:
    settings.ALLOWED_HOSTS = ["*"]
    settings.API_REQUESTS_A_MINUTE = 100_000
    names = prepared(world)
    within = {"organisation": "MAKER", "within": "MAKER"} if role == "site" else {}
    secret = token(world, "THE-SYSTEM", role, **within)
    schema = schemathesis.openapi.from_dict(_known(description(), names))
    schema.app = application
    schema.config.checks.positive_data_acceptance.expected_statuses = REFUSALS
    (found,) = schema.include(operation_id=operation).get_all_operations()
    first = next(one for one in ROLES if one in TABLE[operation][2])
    _ask_all(found.ok(), {"Authorization": f"Bearer {secret}"}, is_thorough=role == first)


def _known(document: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """The description with examples of what there is, so that not every address leads to nothing."""
    told = json.loads(json.dumps(document))
    there = {
        "lot": "L1", "question": names["question"], "number": names["deviation"], "document": names["document"],
        "webhook": names["webhook"],
    }  # fmt: skip
    for operations in told["paths"].values():
        for operation in operations.values():
            for parameter in operation["parameters"]:
                if parameter["in"] == "path" and parameter["name"] in there:
                    parameter["schema"]["enum"] = [there[parameter["name"]], *OTHERS]
    return told


OTHERS = ["L404", "a/b", "é", "'", "x" * 300]


def _ask_all(operation: Any, headers: dict[str, str], *, is_thorough: bool) -> None:
    """Whatever chance brings; thoroughly: values at and beyond every limit, and what is missing or not there, too."""
    modes = [schemathesis.GenerationMode.POSITIVE, schemathesis.GenerationMode.NEGATIVE]

    def ask(case: Any) -> None:
        response = case.call(headers=headers)
        case.validate_response(response, checks=CHECKS, headers=headers)
        if case.meta.generation.mode.is_positive and response.status_code == 422:
            said = response.json()
            is_time = said.get("where", "").rpartition(".")[2] in TIMES
            assert said["code"] != "jsonapi.field" or is_time, "the description says more than is taken"

    generation = operation.schema.config.generation_for(operation=operation, phase="coverage")
    if is_thorough:
        for case in operation.schema.iter_coverage_cases(
            operation, generation_modes=modes, generation_config=generation
        ):
            ask(case)
    settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))(
        given(case=st.one_of([operation.as_strategy(generation_mode=mode) for mode in modes]))(ask)
    )()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=10), inner, max_size=3),
    max_leaves=8,
)
ODD_TEXT = st.text(max_size=40) | st.sampled_from(
    ["\x00", "\ud800", "x" * 5_000, "'; --", "\u202e", " ", "\u200b", "%s"]
)


@pytest.mark.parametrize("operation", [name for name in OPERATIONS if name in BODIES])
def test_every_field_of_every_body_may_hold_anything(world: World, settings: Any, operation: str) -> None:
    settings.API_REQUESTS_A_MINUTE = 100_000
    names = prepared(world)
    caller = Caller(token(world, "THE-SYSTEM", "administrator" if "webhook" in operation else "site"))
    path = TABLE[operation][1].format(**names)
    fields = [*BODIES[operation], "unknown"]

    @_few
    @given(st.sampled_from(fields), JSON | ODD_TEXT)
    def ask(name: str, value: Any) -> None:
        answer = caller.post(path, json.dumps({**BODIES[operation], name: value}))
        assert answer.status_code in (200, 201, 400, 404, 409, 413, 422), (name, value, answer.content)
        if answer.status_code >= 400:
            assert answer.headers["Content-Type"] == "application/problem+json"
            assert answer.json()["status"] == answer.status_code
        elif name == "unknown":
            pytest.fail("an unknown member was taken")

    ask()


@pytest.mark.parametrize("operation", [name for name in OPERATIONS if TABLE[name][0] == "GET"])
def test_every_query_may_hold_anything(world: World, settings: Any, operation: str) -> None:
    settings.API_REQUESTS_A_MINUTE = 100_000
    names = prepared(world)
    caller = Caller(token(world, "THE-SYSTEM", "validation"))
    path = TABLE[operation][1].format(**names).partition("?")[0]
    known = [
        parameter["name"]
        for operations in description()["paths"].values()
        for one in operations.values()
        if one["operationId"] == operation
        for parameter in one["parameters"]
        if parameter["in"] == "query"
    ]

    @_few
    @given(st.sampled_from([*known, "unknown"]), ODD_TEXT.filter(lambda text: "\ud800" not in text))
    def ask(name: str, value: str) -> None:
        from urllib.parse import urlencode

        query = urlencode({"old": "1", name: value} if "old" in known else {name: value}, errors="replace")
        answer = caller.get(f"{path}?{query}")
        assert answer.status_code in (200, 400, 403, 404, 422), (name, value, answer.content)

    ask()


@pytest.mark.parametrize(("body", "status"), [
    (b"", 422), (b"{", 400), (b"[]", 422), (b"null", 422), (b"\xff", 400), (b'{"text": "a", "text": "b"}', 400),
    (b'{"text": NaN}', 400), (b'{"text": "a\\u0000"}', 400), (b'{"text": "\\ud800"}', 400), (b"[" * 30_000, 400),
    (b'{"text": ' + b"9" * 6_000 + b"}", 400), (b'{"text": "' + b"x" * 70_000 + b'"}', 413), (b'"text"', 422),
])  # fmt: skip
def test_bodies_that_can_be_read_in_two_ways_or_none(world: World, body: bytes, status: int) -> None:
    world.lot("L1", "major")
    before = world.ledger.size()
    caller = Caller(token(world, "ACME-LIMS", "reviewer"))
    at = world.ledger.size()
    answer = caller.post("/lots/L1/comments", body)
    assert answer.status_code == status, answer.content
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert world.ledger.size() == at > before


def test_errors_of_the_site_are_problems_too(world: World) -> None:
    from django.test import Client

    caller = Caller(token(world, "ACME-LIMS", "reviewer"))
    assert caller.get("/nothing").json()["status"] == 404
    wrong = caller.post("/lots", {})
    assert (wrong.status_code, wrong.json()["status"], wrong.headers["Allow"]) == (405, 405, "GET")
    form = Client().post(
        "/api/v1/lots/L1/comments", {"text": "x"}, headers={"Authorization": f"Bearer {caller.secret}"}
    )
    assert (form.status_code, form.json()["code"]) == (415, "jsonapi.content_type")
    assert caller.get("/lots?site=%00").json()["code"] == "jsonapi.text"
    assert caller.get("/lots?limit=1&limit=2").json()["code"] == "jsonapi.query_unknown"
    assert caller.get("/lots?page=2").json()["where"] == "page"


def test_too_many_requests_are_told_when_to_come_again(
    world: World, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = system_clock().replace(second=17)
    monkeypatch.setattr("onelot.web.middleware.system_clock", lambda: now)
    settings.API_REQUESTS_A_MINUTE = 3
    caller = Caller(token(world, "ACME-LIMS", "reviewer"))
    answers = [caller.get("/lots") for _ in range(4)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
    assert answers[-1].headers["Retry-After"] == "43"
    assert Caller(token(world, "OTHER-LIMS", "reviewer")).get("/lots").status_code == 200


def test_something_that_nobody_foresaw_says_nothing_of_the_inside(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("secret of the inside")

    caller = Caller(token(world, "ACME-LIMS", "reviewer"))
    monkeypatch.setattr("onelot.jsonapi.operations.lots.queue", fail)
    answer = caller.get("/lots")
    assert answer.status_code == 500
    assert "secret" not in answer.content.decode()
    assert answer.headers["Content-Type"] == "application/problem+json"


def _few(test: Any) -> Any:
    return settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))(test)


def test_the_description_is_openapi_and_served(world: World) -> None:
    from jsonschema import Draft202012Validator

    caller = Caller(token(world, "ACME-LIMS", "site"))
    served = caller.get("/openapi.json").json()
    assert served["openapi"].startswith("3.1")
    for name, schema in served["components"]["schemas"].items():
        Draft202012Validator.check_schema(schema)
        assert schema.get("description"), name
    identifiers = [one["operationId"] for path in served["paths"].values() for one in path.values()]
    assert len(set(identifiers)) == len(identifiers)
    assert caller.get(f"/lots?cursor={uuid4()}").status_code == 422
