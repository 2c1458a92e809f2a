"""Questions and answers in their order, messages in, drafts out."""

from __future__ import annotations

from typing import Any

import pytest

from flowtape.capture.codec import Heard
from flowtape.capture.exchange import Column
from flowtape.capture.protocols.postgresql import dialogue as dialogue_module
from flowtape.capture.protocols.postgresql import messages as pg
from flowtape.capture.protocols.postgresql.dialogue import Dialogue
from flowtape.capture.protocols.postgresql.draft import Draft

HEARD = Heard(1, 2)
READY = pg.ReadyForQuery("I")
ROWS = pg.RowDescription((Column("a", 25),), (0,))
RUN = (pg.Bind("", ""), pg.Execute())


def ask(dialogue: Dialogue, *messages: Any) -> None:
    for message in messages:
        dialogue.ask(message, HEARD)


def answer(dialogue: Dialogue, *messages: Any) -> list[Draft]:
    """The drafts of the batches that the messages end."""
    drafts: list[Draft] = []
    for message in messages:
        if dialogue.answer(message, HEARD):
            drafts += [draft for draft in dialogue.batch if draft.done]
            dialogue.batch.clear()
    return drafts


def error(code: str = "22012", severity: str = "ERROR") -> pg.ErrorResponse:
    return pg.ErrorResponse((("S", severity), ("V", severity), ("C", code), ("M", "no")))


def test_what_follows_an_error_is_skipped_up_to_sync() -> None:
    dialogue = Dialogue()
    ask(dialogue, pg.Parse("", "a"), *RUN, pg.Parse("", "b"), *RUN, pg.Sync(), pg.Query("c"))
    done = answer(dialogue, pg.ParseComplete(), pg.BindComplete(), error(), READY, pg.CommandComplete("C"), READY)
    assert [(draft.text, draft.error is not None) for draft in done] == [("a", True), ("c", False)]
    assert not dialogue.broken


def test_what_is_asked_while_the_server_skips_was_never_asked() -> None:
    dialogue = Dialogue()
    ask(dialogue, pg.Parse("", "a"))
    answer(dialogue, error())
    ask(dialogue, *RUN, pg.Query("b"), pg.Sync(), pg.Query("c"))
    done = answer(dialogue, READY, pg.CommandComplete("C"), READY)
    assert [draft.text for draft in done] == ["a", "c"]


def test_a_statement_that_does_not_parse_has_the_parameters_bound_to_it() -> None:
    dialogue = Dialogue()
    ask(dialogue, pg.Parse("", "a", (23,)), pg.Bind("", "", (1,), (b"\x00\x00\x00\x07",)), pg.Execute(), pg.Sync())
    (draft,) = answer(dialogue, error(), READY)
    assert (draft.parameters, draft.parameter_types, draft.describe) == (("7",), (23,), False)


def test_a_bind_or_a_description_that_fails() -> None:
    dialogue = Dialogue()
    ask(
        dialogue,
        pg.Parse("s", "a"),
        pg.Bind("", "s", (), (b"x",)),
        pg.Execute(),
        pg.Sync(),
        pg.Describe("S", "s"),
        pg.Sync(),
    )
    bound, described = answer(dialogue, pg.ParseComplete(), error(), READY, error(), READY)
    assert (bound.text, bound.parameters, bound.describe) == ("a", ("x",), False)
    assert (described.text, described.describe) == ("a", True)


def test_an_error_at_sync_undoes_what_was_answered() -> None:
    dialogue = Dialogue()
    ask(dialogue, pg.Parse("", "INSERT"), *RUN, pg.Sync())
    (draft,) = answer(dialogue, pg.ParseComplete(), pg.BindComplete(), pg.CommandComplete("INSERT 0 1"), error(), READY)
    assert draft.problem == "the transaction failed at its end: no"


def test_copy_data_sent_ahead_of_the_servers_word() -> None:
    dialogue = Dialogue()
    ask(dialogue, pg.Query("COPY"), pg.CopyData(b"1\n"), pg.CopyData(b"2\n"), pg.CopyDone(), pg.Query("b"))
    done = answer(
        dialogue, pg.CopyInResponse(0, ()), pg.CommandComplete("COPY 2"), READY, pg.CommandComplete("B"), READY
    )
    assert [(draft.text, draft.copy_in) for draft in done] == [("COPY", b"1\n2\n"), ("b", None)]


def test_copy_in_the_extended_protocol_ignores_the_first_sync() -> None:
    dialogue = Dialogue()
    ask(dialogue, pg.Parse("", "COPY"), *RUN, pg.Sync())
    answer(dialogue, pg.ParseComplete(), pg.BindComplete(), pg.CopyInResponse(0, ()))
    ask(dialogue, pg.CopyData(b"1\n"), pg.CopyDone(), pg.Sync())
    (draft,) = answer(dialogue, pg.CommandComplete("COPY 1"), READY)
    assert draft.copy_in == bytearray(b"1\n")
    assert not dialogue.queue


def test_a_copy_whose_end_was_not_heard_is_not_whole() -> None:
    dialogue = Dialogue()
    ask(dialogue, pg.Query("COPY"))
    answer(dialogue, pg.CopyInResponse(0, ()), pg.CommandComplete("COPY 2"))
    assert dialogue.broken == "CommandComplete in answer to Query"
    dialogue = Dialogue()
    ask(dialogue, pg.Query("COPY"))
    (draft,) = answer(dialogue, pg.CopyInResponse(0, ()), error(), READY)
    assert draft.problem == "the copy failed before its end was heard"


def test_copy_data_for_a_copy_that_failed_is_ignored() -> None:
    dialogue = Dialogue()
    ask(dialogue, pg.Query("COPY"), pg.CopyData(b"1\n"), pg.CopyDone(), pg.Query("b"))
    done = answer(dialogue, error(), READY, pg.CommandComplete("B"), READY)
    assert [draft.text for draft in done] == ["COPY", "b"]


def test_answers_that_answer_nothing_break_the_dialogue() -> None:
    for asked, answered in (
        ((), ROWS), ((pg.Query("a"),), pg.ParseComplete()), ((pg.Query("a"),), READY), ((pg.Sync(),), pg.CommandComplete("A")),
        ((pg.Parse("", "a"),), pg.BindComplete()), ((pg.Query("a"),), pg.CopyData(b"")), ((pg.Query("a"),), pg.AuthenticationOk()),
        ((pg.Query("a"),), pg.PortalSuspended()), ((pg.Execute(),), READY), ((pg.Query("a"),), pg.Unknown(b"?", b"")),
    ):  # fmt: skip
        dialogue = Dialogue()
        ask(dialogue, *asked)
        answer(dialogue, answered)
        assert dialogue.broken, (asked, answered)


def test_a_row_of_another_width_breaks_the_dialogue() -> None:
    dialogue = Dialogue()
    ask(dialogue, pg.Query("a"))
    answer(dialogue, ROWS, pg.DataRow((b"1", b"2")))
    assert dialogue.broken == "DataRow in answer to Query"


def test_an_error_without_a_question_is_an_aside() -> None:
    dialogue = Dialogue()
    assert answer(dialogue, error(severity="FATAL")) == []
    assert not dialogue.broken


def test_what_waits_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dialogue_module, "MAX_BYTES", 1000)
    dialogue = Dialogue()
    ask(dialogue, pg.Query("COPY"), *[pg.CopyData(b"x" * 100)] * 9)
    assert not dialogue.broken
    ask(dialogue, pg.CopyData(b"x" * 200))
    assert "without an answer" in dialogue.broken
    dialogue = Dialogue()
    ask(dialogue, pg.Query("a"))
    answer(dialogue, ROWS, *[pg.DataRow((b"x" * 100,))] * 12, pg.CommandComplete("SELECT 12"))
    assert "in one batch" in dialogue.broken


def test_all_that_is_under_way_is_abandoned_once() -> None:
    dialogue = Dialogue()
    ask(dialogue, pg.Parse("s", "a"), pg.Bind("p", "s"), pg.Execute("p", 1), pg.Sync())
    assert answer(dialogue, pg.ParseComplete(), pg.BindComplete(), pg.PortalSuspended(), pg.ReadyForQuery("T")) == []
    ask(dialogue, pg.Execute("p", 1), pg.Sync(), pg.Query("b"))
    drafts = dialogue.abandon("lost")
    assert [(draft.text, draft.problem) for draft in drafts] == [("a", "lost"), ("b", "lost")]
    assert dialogue.abandon("lost") == []
    assert dialogue.prepared.statements == {}
