"""The queue on the command line: read, exported, and worked through."""

from connectors.model import Json
from tests.cli_api import SHOP, Punnet, Told, page, problem

FLAG: dict[str, Json] = {
    "id": "f_1",
    "kind": "contradiction",
    "state": "open",
    "impact": 12.4,
    "reason": "5 days here, 14 days there.",
    "document": {"id": "d_1", "title": "Refunds"},
    "other": {"id": "d_2", "title": "Returns"},
    "assigned_to": "maria",
}
AT = "2026-03-02T09:00:00Z"
ACTIONS = "POST /v1/flags/actions"
PAGE: dict[str, Json] = {"id": "d_1", "ref": "a/b.md", "title": "Refunds", "state": "live"}


def test_the_queue_is_what_review_shows(punnet: Punnet, api: Told) -> None:
    api.answers["GET /v1/flags"] = page(FLAG)
    for arguments in ((), ("--kind", "contradiction", "--source", "Shop"), ("list",)):
        said = punnet("review", *arguments)
        assert said.status == 0, said.err
        for words in ("f_1", "12.40", "contradiction", "Refunds / Returns", "5 days here"):
            assert words in said.out


def test_a_flag_is_shown_with_both_quotes_and_its_history(punnet: Punnet, api: Told) -> None:
    quotes: Json = [
        {"document_id": "d_1", "text": "Within 5 days."},
        {"document_id": "d_2", "text": "Within 14 days.\x1b[2J"},
    ]
    done: Json = [{"action": "comment", "by": "k_1", "by_name": "Anna", "at": AT, "note": "Hm."}]
    api.answers["GET /v1/flags/f_1"] = (200, {**FLAG, "quotes": quotes, "history": done})
    said = punnet("review", "show", "f_1").out
    assert "Refunds (d_1)\n  Within 5 days." in said
    assert "Returns (d_2)\n  Within 14 days. [2J" in said
    assert "2026-03-02 09:00" in said
    assert "Anna" in said
    assert "Hm." in said


def test_many_flags_are_acted_on_at_once(punnet: Punnet, api: Told) -> None:
    api.answers[ACTIONS] = (200, {"items": [{**FLAG, "state": "resolved"}]})
    commands: dict[tuple[str, ...], dict[str, Json]] = {
        ("resolve", "f_1", "f_2", "--note", "Done."): {"action": "resolve", "note": "Done."},
        ("dismiss", "f_1", "f_2", "--reason", "Both."): {"action": "dismiss", "note": "Both."},
        ("reopen", "f_1", "f_2"): {"action": "reopen", "note": ""},
        ("comment", "f_1", "f_2", "--note", "Hm."): {"action": "comment", "note": "Hm."},
        ("assign", "f_1", "f_2", "--to", "maria"): {
            "action": "assign",
            "assigned_to": "maria",
            "note": "",
        },
        ("snooze", "f_1", "f_2", "--until", "2026-04-01"): {
            "action": "snooze",
            "until": "2026-04-01T00:00:00+00:00",
            "note": "",
        },
    }
    for command, body in commands.items():
        said = punnet("review", *command)
        assert said.status == 0, said.err
        assert api.body_of(ACTIONS) == {"flag_ids": ["f_1", "f_2"], **body}
        assert "f_1: contradiction on Refunds is resolved." in said.err


def test_a_refusal_is_told_in_the_words_of_the_api(punnet: Punnet, api: Told) -> None:
    api.answers[ACTIONS] = problem("conflict", "Flag f_2 on 'Returns' is resolved: reopen it", 409)
    said = punnet("review", "resolve", "f_1", "f_2")
    assert said.status == 1
    assert "reopen it" in said.err


def test_a_page_is_named_by_its_id_or_its_ref(punnet: Punnet, api: Told) -> None:
    api.answers["GET /v1/documents/d_1"] = (200, PAGE)
    api.answers["GET /v1/documents"] = page(PAGE)
    for deed in ("quarantine", "release"):
        api.answers[f"POST /v1/documents/d_1/{deed}"] = (200, PAGE)
        for name in ("d_1", "a/b.md"):
            assert "Refunds is live." in punnet("review", deed, name, "--reason", "So.").err
            assert api.body_of(f"POST /v1/documents/d_1/{deed}") == {"reason": "So."}
    verified = {**PAGE, "verified_at": "2026-03-02T12:00:00Z"}
    api.answers["POST /v1/documents/d_1/verify"] = (200, verified)
    assert "verified 2026-03-02" in punnet("review", "verify", "a/b.md").err


def test_a_ref_of_two_pages_or_none_is_not_guessed(punnet: Punnet, api: Told) -> None:
    api.answers["GET /v1/documents"] = page()
    assert "There is no page 'x.md'" in punnet("review", "verify", "x.md").err
    api.answers["GET /v1/documents"] = page(PAGE, {**PAGE, "id": "d_2"})
    assert "d_1, d_2" in punnet("review", "verify", "x.md").err


def test_gaps_say_how_often_and_what_comes_nearest(punnet: Punnet, api: Told) -> None:
    gap: Json = {"name": "Gift cards?", "asked": 14, "change": 6, "nearest": {"title": "Paying"}}
    api.answers["GET /v1/gaps"] = page(gap)
    said = punnet("gaps").out
    assert [word in said for word in ("Gift cards?", "14", "+6", "Paying")] == [True] * 4
    assert punnet("gaps", "--json").data()["items"] == [gap]


def test_a_table_and_a_digest_come_as_they_are(punnet: Punnet, api: Told) -> None:
    # The API of these tests answers with JSON whatever it is asked: its bytes are the answer.
    api.answers["GET /v1/flags.csv"] = (200, "id,kind")
    api.answers["GET /v1/digest"] = (200, "# The week")
    api.answers["GET /v1/sources"] = page(SHOP)
    assert punnet("review", "--csv", "--source", "Shop").out.strip() == '"id,kind"'
    assert punnet("review", "digest", "--kind", "month").out.strip() == '"# The week"'
