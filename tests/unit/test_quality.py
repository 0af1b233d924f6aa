from dataclasses import replace

import pytest

from retrieval.model import Mode, Tier
from retrieval.planner.case import Option, QuestionFeatures, QuestionType
from retrieval.planner.quality import SHIPPED, kept_at, likeliest, quality, share_of
from tests.cases import DEEPSEEK, SPREAD, UNPRICED, option, question

LOOKUP, COMPARE, NOBODY = question(), question(compare=1.0), question(unanswerable=1.0)
LONG = replace(DEEPSEEK, effective=256_000)


def worth(one: Option, asked: QuestionFeatures) -> float:
    return quality(one, asked.types, LONG, SHIPPED)


def test_more_evidence_is_worth_more() -> None:
    curve = [worth(option(Mode.SNIPPETS, 4_000, held), COMPARE) for held in SPREAD.values()]
    assert curve == sorted(curve)
    assert len(set(curve)) == len(curve)


def test_the_same_evidence_is_worth_less_in_a_longer_context() -> None:
    sizes = (2_000, 8_000, 32_000, 128_000, 512_000)
    for mode in (Mode.SNIPPETS, Mode.FULL):
        curve = [worth(option(mode, size, 0.9), LOOKUP) for size in sizes]
        assert curve == sorted(curve, reverse=True)


def test_a_reader_keeps_85_percent_at_its_effective_length() -> None:
    whole = option(Mode.FULL, 256_000, 0.9)
    assert kept_at(whole, LONG) == pytest.approx(0.85)
    # NoLiMa: GPT-4o, effective up to 8k, keeps 70 % at 32k.
    assert kept_at(option(Mode.FULL, 32_000), replace(LONG, effective=8_000)) == pytest.approx(
        0.70, abs=0.01
    )


def test_a_quarter_of_the_window_is_read_well_where_nobody_measured() -> None:
    unknown, measured = replace(LONG, effective=None), replace(LONG, effective=250_000)
    whole = option(Mode.FULL, 100_000, 0.9)
    assert kept_at(whole, unknown) == kept_at(whole, measured)


def test_torn_passages_cost_comparisons_most() -> None:
    def lost(asked: QuestionFeatures) -> float:
        pieces, whole = (option(mode, 2_000, 0.9) for mode in (Mode.SNIPPETS, Mode.FULL))
        return worth(whole, asked) - worth(pieces, asked)

    assert lost(COMPARE) > lost(question(reasoning=1.0)) > lost(question(how_to=1.0)) > 0
    modes = (Mode.SNIPPETS, Mode.EXPANDED, Mode.DOCUMENTS, Mode.FULL)
    curve = [worth(option(mode, 2_000, 0.9), COMPARE) for mode in modes]
    assert curve == sorted(curve)


def test_long_contexts_invite_inventions_where_nothing_can_be_answered() -> None:
    short, long = (worth(option(Mode.FULL, size, 0.9), NOBODY) for size in (3_000, 32_000))
    assert short < 0
    # LaRA: about ten points fewer refusals at 32k.
    assert short - long == pytest.approx(0.10, abs=0.03)


def test_a_weaker_reader_is_worth_less() -> None:
    weak = replace(LONG, tier=Tier.ROUTINE)
    for asked in (LOOKUP, NOBODY):
        one = option(Mode.SNIPPETS, 4_000, 0.8)
        assert quality(one, asked.types, weak, SHIPPED) < worth(one, asked)


def test_a_greeting_is_answered_best_without_pages() -> None:
    greeting = question(chit_chat=1.0)
    assert worth(option(Mode.NONE, 300), greeting) > worth(
        option(Mode.SNIPPETS, 2_000, 0.9), greeting
    )


def test_it_is_the_expectation_over_all_types() -> None:
    one = option(Mode.SNIPPETS, 4_000, 0.8)
    halves = question(compare=0.5)
    assert worth(one, halves) == pytest.approx((worth(one, LOOKUP) + worth(one, COMPARE)) / 2)


def test_it_stays_between_made_up_and_right() -> None:
    for name in QuestionType:
        for mode in Mode:
            for size in (0, 1, 10**7):
                one = option(mode, size, 1.0)
                value = quality(one, {name: 1.0}, UNPRICED, SHIPPED)
                assert -1 <= value <= 1


def test_the_likeliest_type_does_not_hang_on_the_order_of_a_mapping() -> None:
    tie = {QuestionType.COMPARE: 0.5, QuestionType.LOOKUP: 0.5}
    assert likeliest(tie) is likeliest(dict(reversed(list(tie.items())))) is QuestionType.LOOKUP
    assert share_of(tie, frozenset({QuestionType.COMPARE})) == 0.5
