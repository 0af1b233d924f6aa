"""Questions as an evaluation has seen them."""

from retrieval.evaluate.gold import Library, Page, Piece, seek
from retrieval.evaluate.model import Planned, Seen
from retrieval.evaluate.questions import Gold, Question
from retrieval.model import Message, Mode
from retrieval.planner.case import Case
from tests.cases import case

MODEL = "deepseek-v4-flash"
PAGES = tuple(Page(f"d_{n}", f"{n}.md", "", f"Page {n}", 1) for n in range(20))
LIBRARY = Library(PAGES)
TEXT = "x" * 1_000


def asked(text: str, *gold: Gold, line: int = 1, type_: str = "") -> Question:
    return Question(line, (Message("user", text),), gold, bool(gold), type_)


def piece(page: int, start: int = 0, end: int = 100, tokens: int = 500) -> Piece:
    return Piece(
        f"d_{page}",
        start,
        end,
        TEXT[start:end],
        tokens=tokens,
        title=f"Page {page}",
        link=f"l{page}",
    )


def planned(
    *pack: Piece, probability: float = 0.9, handoff: str = "", mode: Mode = Mode.SNIPPETS,
    cost: float | None = 0.002, of: Case | None = None,
) -> Planned:  # fmt: skip
    return Planned(mode, probability, not handoff, handoff, 1_200, cost, pack, of or case())


def seen(question: Question, hits: tuple[Piece, ...], plan: Planned | None = None) -> Seen:
    texts = {page.id: TEXT for page in PAGES}
    sought = tuple(seek(gold, LIBRARY, texts) for gold in question.gold)
    return Seen(question, sought, hits, {MODEL: plan or planned(*hits)})


def gold(page: int, start: int | None = None, end: int | None = None) -> Gold:
    return Gold("ref", f"{page}.md", start, end)
