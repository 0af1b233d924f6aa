import pytest

from ingest.errors import Unparsable
from ingest.parse.transcript import parse_transcript
from ingest.parsed import ParsedDocument


def lines(document: ParsedDocument) -> list[tuple[float | None, str]]:
    return [(b.seconds, document.text[b.start : b.end]) for b in document.blocks]


def test_cues_become_sentences_at_their_first_second() -> None:
    page = parse_transcript(
        "WEBVTT - How to return\nLanguage: en\n\nNOTE not spoken\n\nSTYLE\n::cue{}\n\n"
        "intro\n00:01.500 --> 00:03.000 align:start\n<v Ann>Welcome to <b>Acme</b>\n\n"
        "00:03.000 --> 00:05.000\n<v Ann>support &amp; help.\n\n"
        "01:00:05.250 --> 01:00:07.000\n<v Bob>Hello!</v>\n"
    )
    assert lines(page) == [(1.5, "Welcome to Acme support & help."), (3605.25, "Hello!")]
    assert (page.title, page.language) == ("How to return", "en")


def test_subrip_is_read_without_its_numbers_and_markup() -> None:
    page = parse_transcript(
        "1\r\n00:00:01,000 --> 00:00:02,000\r\n{\\an8}<i>Open</i> the box.\r\n\r\n"
        "2\r\n00:00:04,000 --> 00:00:06,000\r\nTake 2\r\nscrews.\r\n"
    )
    assert lines(page) == [(1.0, "Open the box."), (4.0, "Take 2 screws.")]


def test_captions_that_roll_are_told_once() -> None:
    page = parse_transcript(
        "WEBVTT\n\n00:00.000 --> 00:02.000\n \nso<00:00:00.500><c> today</c> we\n\n"
        "00:02.000 --> 00:02.010\nso today we\n \n\n"
        "00:02.010 --> 00:04.000\nso today we\nlook at refunds\n\n"
        "00:04.000 --> 00:04.010\nlook at refunds\n \n\n"
        "00:04.010 --> 00:06.000\nlook at refunds\nand returns\n"
    )
    assert lines(page) == [(0.0, "so today we look at refunds and returns")]


def test_a_change_of_speaker_starts_a_new_line() -> None:
    page = parse_transcript(
        "WEBVTT\n\n00:00.000 --> 00:01.000\n<v Ann>is it\n\n"
        "00:01.000 --> 00:02.000\n<v Bob>yes it is\n"
    )
    assert [text for _, text in lines(page)] == ["is it", "yes it is"]


def test_one_broken_timing_keeps_its_words_at_the_time_before() -> None:
    page = parse_transcript(
        "WEBVTT\n\n00:01.000 --> 00:02.000\nOne.\n\n00:0x --> 00:03.000\nTwo.\n\n"
        "00:04.000 --> 00:05.000\nThree.\n"
    )
    assert lines(page) == [(1.0, "One."), (1.0, "Two."), (4.0, "Three.")]


def test_timings_that_cannot_be_read_are_refused_with_their_line() -> None:
    with pytest.raises(Unparsable, match=r"line 3: 'soon --> later'"):
        parse_transcript("WEBVTT\n\nsoon --> later\nWords.\n")


def test_words_without_any_cue_are_refused() -> None:
    with pytest.raises(Unparsable, match="no timed line"):
        parse_transcript("WEBVTT\n\nJust some words.\n")


def test_cues_without_blank_lines_between_are_told_apart() -> None:
    page = parse_transcript(
        "1\n00:00:01,000 --> 00:00:02,000\nOne.\n2\n00:00:03,000 --> 00:00:04,000\nTwo.\n"
    )
    assert lines(page) == [(1.0, "One."), (3.0, "Two.")]
