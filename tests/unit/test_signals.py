from uuid import UUID

import pytest

from ingest.model import Scored, TwoLists
from retrieval.signals import describe
from tests.questions import page

FIRST = page("refunds", "Refunds reach your card.").passages()
SECOND = page("shipping", "Parcels to Norway leave at noon.").passages()


@pytest.mark.parametrize(
    ("question", "share"),
    [
        ("How do refunds reach me?", 1.0),
        ("Do refunds reach Norway?", 1.0),
        ("Do refunds reach Iceland?", 2 / 3),
        ("Is there parking?", 0.0),
        ("What is it?", 1.0),
    ],
)
def test_coverage_counts_the_questions_own_words(question: str, share: float) -> None:
    assert describe(question, TwoLists((), ()), [*FIRST, *SECOND]).coverage == share


@pytest.mark.parametrize(
    ("question", "share"),
    [
        ("What does error E31 mean?", 1.0),
        ("What does E20 mean?", 0.0),
        ("Are E20 and E31 the same?", 0.5),
        ("What is the price of HR-7777?", 0.0),
        ("What is the price of hr7777?", 0.0),
        ("What is the price of HR-777?", 1.0),
        ("How much CO2 is in it?", 0.0),
        ("E20是什么意思?", 0.0),
        ("E31是什么意思?", 1.0),
        ("Is it open at 5pm on the 31st?", 0.0),
        ("Does the Tarn 2 fit?", 0.0),
        ("Is lot W26-035 recalled?", 0.0),
        ("Is lot W26-045 recalled?", 1.0),
    ],
)
def test_an_identifier_that_no_passage_holds_is_seen(question: str, share: float) -> None:
    text = "The 31 codes end at E20. Part HR 7777-B costs 3, and CO₂ is left. E310 is a lamp."
    text += " Lots from W26-031 to W26-038 are recalled."
    best = page("codes", text).passages()
    assert describe(question, TwoLists((), ()), best).unheld == share


def test_nothing_found_covers_nothing() -> None:
    assert describe("What is it?", TwoLists((), ()), ()).coverage == 0.0


def test_lists_agree_by_what_leads_both() -> None:
    dense = tuple(Scored(UUID(int=number), 1.0 / number) for number in range(1, 13))
    sparse = tuple(Scored(UUID(int=number), 2.0 / number) for number in range(6, 18))
    signals = describe("refunds", TwoLists(dense, sparse), FIRST)
    assert signals.agreement == 0.5
    assert signals.dense[0] == 1.0
    assert len(signals.sparse) == 12
    assert signals.documents == 1
