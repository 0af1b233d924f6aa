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
