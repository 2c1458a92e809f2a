from __future__ import annotations

from flowtape.capture.exchange import HttpRequest, HttpResponse, RedisCommand, SqlStatement
from flowtape.replay.difference import differences
from flowtape.replay.settle import settle
from flowtape.replay.shapes import Uuid
from flowtape.replay.unordered.arranging import all_lists, arranged, at, roots, with_roots
from flowtape.replay.unordered.trees import without_variables
from flowtape.replay.variables import Variables

STEADY = without_variables(lambda _: ())
STORED = RedisCommand((b"SET", b"k", b'{"tags": ["a", "b"], "n": [1, 2]}'))
INSERTED = SqlStatement("INSERT INTO t (a, b, c) VALUES ($1, $2, $3)", ("{a,b}", '[{"t":["c","d"]}]', "{x,y}"))


def test_json_anywhere_has_lists() -> None:
    assert [path for path, _ in all_lists(STORED)] == ["arguments[2].json.tags", "arguments[2].json.n"]
    assert [path for path, _ in all_lists(INSERTED)] == [
        "parameters[0]", "parameters[2]", "parameters[1].json", "parameters[1].json[].t",
    ]  # fmt: skip
    assert [path for path, _, _ in roots(HttpRequest("POST", "/", (), b"[1]"))] == ["json"]


def test_only_the_lists_that_are_meant_are_arranged() -> None:
    other = RedisCommand((b"SET", b"k", b'{"tags": ["b", "a"], "n": [2, 1]}'))
    assert arranged(STORED, other, ["arguments[2].json.tags"], STEADY) == RedisCommand(
        (b"SET", b"k", b'{"tags":["b","a"],"n":[1,2]}')
    )
    like = SqlStatement(INSERTED.text, ("{b,a}", '[{"t":["d","c"]}]', "{y,x}"))
    found = arranged(INSERTED, like, ["parameters[0]", "parameters[1].json[].t"], STEADY)
    assert found == SqlStatement(INSERTED.text, ("{b,a}", '[{"t":["d","c"]}]', "{x,y}"))
    assert at(found, "parameters[1]") is None


def test_what_does_not_change_stays_as_it_is_written() -> None:
    assert with_roots(STORED, lambda _, tree: tree) is STORED


def compared(recorded: HttpResponse, observed: HttpResponse, *places: str) -> list[str]:
    return differences(settle(recorded, observed, Variables({"id": Uuid(4)}, 0), places), observed)


def json(body: str) -> HttpResponse:
    return HttpResponse(200, "", (("content-type", "application/json"),), body.encode())


def test_a_response_may_have_such_a_list_in_any_order_and_no_other() -> None:
    def tags(recorded: str, observed: str) -> list[str]:
        return compared(json(recorded), json(observed), "response.json.tags")

    assert tags('{"tags": ["a", "b", "a"], "n": [1, 2]}', '{"tags": ["b", "a", "a"], "n": [1, 2]}') == []
    assert tags('{"tags": ["a", "b"], "n": [1, 2]}', '{"tags": ["a", "b"], "n": [2, 1]}')
    assert tags('{"tags": ["a", "b"]}', '{"tags": ["b", "c"]}') == ['response.json.tags[1]: recorded "a", got "c"']
    assert tags('{"tags": ["a", "a", "b"]}', '{"tags": ["b", "b", "a"]}')
    assert tags('{"tags": ["a"]}', '{"tags": ["a", "a"]}')


def test_variables_are_found_in_it_too() -> None:
    one, two = (f"b7e3c9e2-5f6a-4d3b-8a7e-1f2d3c4b5a6{n}" for n in (1, 2))
    found = compared(json('{"tags": ["x", "$id"], "id": "$id"}'), json(f'{{"tags": ["{one}", "x"], "id": "{one}"}}'), "response.json.tags")  # fmt: skip
    assert found == []
    recorded = json('[{"n": "a", "id": "$id"}, {"n": "b", "id": "steady"}]')
    assert (
        compared(recorded, json(f'[{{"n": "b", "id": "steady"}}, {{"n": "a", "id": "{two}"}}]'), "response.json") == []
    )


def test_header_fields_and_words_in_any_order() -> None:
    def page(headers: tuple[tuple[str, str], ...], classes: str) -> HttpResponse:
        return HttpResponse(200, "", (("content-type", "text/html"), *headers), f'<p class="{classes}">x'.encode())

    recorded = page((("Allow", "GET, POST"), ("Set-Cookie", "a=$id"), ("Set-Cookie", "b=2")), "red big")
    id_ = "b7e3c9e2-5f6a-4d3b-8a7e-1f2d3c4b5a69"
    places = ("response.headers.allow", "response.headers.set-cookie", "response.html.p.@class")
    same = page((("Allow", "POST, GET"), ("Set-Cookie", "b=2"), ("Set-Cookie", f"a={id_}")), "big red")
    assert compared(recorded, same, *places) == []
    assert len(compared(recorded, same)) == 3
    for headers, classes in (
        ((("Allow", "POST"), *same.headers[2:]), "big red"),
        ((("Allow", "POST, POST"), *same.headers[2:]), "big red"),
        ((("Allow", "POST, GET"), ("Set-Cookie", "b=2"), ("Set-Cookie", "b=2")), "big red"),
        ((("Allow", "POST, GET"), ("Set-Cookie", f"a={id_}")), "big red"),
        (same.headers[1:], "big"),
        (same.headers[1:], "big red red"),
    ):
        assert len(compared(recorded, page(headers, classes), *places)) == 1
