"""Questions out of what chats and help desks export."""

import json
from typing import Any

import pytest

from connectors.model import Json
from retrieval.errors import EvaluationInvalid
from retrieval.evaluate.redact import redact
from retrieval.evaluate.rows import rows_of
from retrieval.evaluate.transcripts import Turn, as_words, read_transcripts

PAGE = "https://shop.example/help/returns"
ASKED, ANSWERED = "How long may I return a bag?", f"30 days, see {PAGE}."


def rows(content: str, *, table: bool = False, pages: tuple[str, ...] = ()) -> list[Any]:
    return list(rows_of(read_transcripts(content, table=table), pages))


def chat(*turns: tuple[str, str]) -> dict[str, Json]:
    return {"messages": [{"role": role, "content": content} for role, content in turns]}


def test_a_question_takes_the_pages_that_its_answer_links_to() -> None:
    found = rows(json.dumps(chat(("user", ASKED), ("assistant", ANSWERED))))
    assert found == [{"question": ASKED, "gold": [{"url": PAGE}]}]


def test_a_question_without_a_page_is_for_a_person_to_look_at() -> None:
    found = rows(json.dumps(chat(("user", ASKED), ("assistant", "30 days."))))
    assert found == [{"question": ASKED, "gold": [], "review": True}]


def test_home_pages_and_pages_of_others_are_no_gold() -> None:
    said = "See https://shop.example/ and https://carrier.example/track and " + PAGE
    conversation = json.dumps(chat(("user", ASKED), ("assistant", said)))
    only = rows(conversation, pages=("https://shop.example/help/",))
    assert only[0]["gold"] == [{"url": PAGE}]
    assert len(rows(conversation)[0]["gold"]) == 2


def test_later_questions_carry_the_conversation_before_them() -> None:
    turns = [("user", ASKED), ("assistant", ANSWERED), ("user", "And one with my initials?")]
    found = rows("\n".join(json.dumps(one) for one in [chat(*turns), chat(("user", "Hello!"))]))
    assert found[1]["messages"][0] == {"role": "user", "content": ASKED}
    assert found[1]["messages"][-1] == {"role": "user", "content": "And one with my initials?"}
    assert len(found) == 2


def test_greetings_and_thanks_ask_nothing() -> None:
    turns = [("user", "Hi there, good morning!"), ("assistant", "Hello"), ("user", ASKED)]
    thanks = [("assistant", ANSWERED), ("user", "Great, thank you so much. That helps!")]
    assert len(rows(json.dumps(chat(*turns, *thanks)))) == 1


def test_what_is_asked_twice_is_kept_once() -> None:
    again = chat(("user", ASKED.upper().replace("?", " ??")), ("assistant", ANSWERED))
    found = rows("\n".join(json.dumps(one) for one in [chat(("user", ASKED)), again]))
    assert len(found) == 1


def test_several_messages_of_one_side_are_one_turn() -> None:
    turns = [("user", "Hello."), ("user", ASKED), ("assistant", "A moment."), ("agent", ANSWERED)]
    found = rows(json.dumps(chat(*turns)))
    assert found == [{"question": f"Hello.\n{ASKED}", "gold": [{"url": PAGE}]}]


# --- exports ----------------------------------------------------------------------


def test_tickets_tell_the_customer_by_the_requester_and_hide_private_notes() -> None:
    ticket: dict[str, Json] = {
        "id": 7,
        "requester_id": 11,
        "comments": [
            {"author_id": 11, "body": ASKED, "public": True},
            {"author_id": 2, "body": "Ask John, he knows.", "public": False},
            {"author_id": 2, "html_body": f'<p>30 days: <a href="{PAGE}">returns</a></p>'},
        ],
    }
    assert rows(json.dumps({"tickets": [ticket]})) == [{"question": ASKED, "gold": [{"url": PAGE}]}]
    assert rows(json.dumps({"ticket": ticket}))[0]["question"] == ASKED


def test_conversations_begin_with_the_message_that_opened_them() -> None:
    conversation: dict[str, Json] = {
        "source": {"body": f"<p>{ASKED}</p>", "author": {"type": "user", "name": "Ann"}},
        "conversation_parts": {
            "conversation_parts": [
                {"part_type": "note", "body": "VIP", "author": {"type": "admin"}},
                {"part_type": "comment", "body": ANSWERED, "author": {"type": "admin"}},
            ]
        },
    }
    assert rows(json.dumps({"conversations": [conversation]})) == [
        {"question": ASKED, "gold": [{"url": PAGE}]}
    ]


def test_a_table_has_one_comment_a_row() -> None:
    table = f'Ticket,Author,Body\n1,Ann,"{ASKED}"\n2,Bob,Where is my parcel now?\n1,Eve,{PAGE}\n'
    found = rows(table, table=True)
    assert [one["question"] for one in found] == [ASKED, "Where is my parcel now?"]
    assert found[0]["gold"] == [{"url": PAGE}]


def test_a_line_may_be_the_messages_alone() -> None:
    turns = [{"role": "human", "content": [{"type": "text", "text": ASKED}]}]
    assert rows(json.dumps(turns))[0]["question"] == ASKED


@pytest.mark.parametrize("content", ["", "{}", '{"messages": []}', '{"a": 1}\n{"b": 2}'])
def test_a_file_without_conversations_is_refused(content: str) -> None:
    with pytest.raises(EvaluationInvalid, match="No conversation"):
        read_transcripts(content, table=False)


def test_a_broken_line_is_named() -> None:
    with pytest.raises(EvaluationInvalid, match="line 2: not JSON"):
        read_transcripts('{"messages": []}\n{', table=False)


def test_markup_becomes_words() -> None:
    text, links = as_words("<div>5 &lt; 6<br>yes</div> https://a.example/x?b=1&amp;c=2.")
    assert text == "5 < 6\nyes\nhttps://a.example/x?b=1&c=2."
    assert links == ("https://a.example/x?b=1&c=2",)
    assert as_words("is 3 < 4 and 5 > 2?")[0] == "is 3 < 4 and 5 > 2?"


# --- redaction --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("I am ann.lee+x@mail.example.co.uk.", "I am [email]."),
        ("Call +44 1422 555 0182 now", "Call [phone] now"),
        ("Call (01422) 555 0182, 0171/1234567", "Call [phone], [phone]"),
        ("US 415-555-0199 or (415) 555-0199", "US [phone] or [phone]"),
        ("card 4111 1111 1111 1111 exp 12/27", "card [card] exp 12/27"),
        ("4111111111111112 is an order", "4111111111111112 is an order"),
        ("order 100123456 of 03.02.2026", "order 100123456 of 03.02.2026"),
        ("2026-03-02, £12.50, HR-2202, W26-031", "2026-03-02, £12.50, HR-2202, W26-031"),
    ],
)
def test_what_names_a_person_is_taken_out_and_the_rest_stays(text: str, left: str) -> None:
    assert redact(text) == left


def test_rows_are_redacted_in_every_turn_and_link() -> None:
    link = f"{PAGE}?for=ann@mail.example"
    turns = [Turn(True, f"I am ann@mail.example. {ASKED}"), Turn(False, link, (link,))]
    row = next(iter(rows_of([turns])))
    assert row == {"question": f"I am [email]. {ASKED}", "gold": [{"url": PAGE}]}
