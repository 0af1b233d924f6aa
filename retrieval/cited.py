"""Hold an answer against the pieces that it cites."""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from retrieval.answer import Answer
from retrieval.cite import TAG, tags_in
from retrieval.declining import claims_nothing, declines, honest
from retrieval.figures import figures_in, known_figures
from retrieval.model import Citation, ContextRequest
from retrieval.statements import Kind, Segmenter, Unit, units_of

_QUOTED = re.compile(
    r"(?<![\d\w])\"([^\"\n]{1,300})\""
    r"|“([^”„\n]{1,300})”|„([^“”\n]{1,300})[“”]"
    r"|«([^»\n]{1,300})»|»([^«\n]{1,300})«"
    r"|‘([^’\n]{1,300})’(?!\w)|‚([^‘\n]{1,300})‘"  # noqa: RUF001
)
_GAP = re.compile(r"\[?(?:…|\.\.\.)\]?")
_WORD = re.compile(r"\w+")
_UNSPACED = re.compile("[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")
_TAGGED = re.compile(rf"(?:[\[(【]\s{{0,3}})?{TAG}(?:\s?[,;])?(?:\s{{0,3}}[\])】])?")
_SMALL = """
a an the your you our this that it its is was were are has have had been of on at in for from by to
with and as der die das ihr ihre ihrer ist war wurde am vom von für mit und le la les votre est été
du de des au pour avec et el su es fue los con y en por
"""
_LITTLE = frozenset(_SMALL.split())
"""Words that say nothing by themselves; no negation is among them."""
_ITEM = re.compile(r"^[ \t]*(?:[-*+•]|\d{1,3}[.)])[ \t]", re.M)


@dataclass(frozen=True, slots=True)
class _Words:
    """A text as statements are held against it."""

    plain: str
    figures: frozenset[str]

    @classmethod
    def of(cls, *texts: str) -> "_Words":
        return cls("".join(map(_plain, texts)), known_figures(*texts))


@dataclass(frozen=True, slots=True)
class Doubt:
    """Words or a figure of a statement that none of the pieces it cites holds."""

    words: str
    tags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What became of one statement."""

    tags: tuple[str, ...]
    """Those that the prompt holds."""
    unknown: tuple[str, ...]
    cited: bool
    misquoted: tuple[Doubt, ...] = ()
    unsupported: tuple[Doubt, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether everything that can be checked was found."""
        return self.cited and not (self.unknown or self.misquoted or self.unsupported)


@dataclass(frozen=True, slots=True)
class AnswerCheck:
    """What an answer cites, and what of it does not stand there."""

    citations: tuple[Citation, ...]
    """The pieces that it cites, each once, in the order of their first use."""
    statements: int
    """Sentences, lists, tables and code that claim something."""
    cited: int
    unknown_tags: tuple[str, ...]
    """Tags that no piece of the prompt carries: the model made them up."""
    misquoted: tuple[Doubt, ...]
    unsupported: tuple[Doubt, ...]
    """Numbers, dates and names with figures that the cited pieces do not hold."""


class Checker:
    """Checks statements against the pieces of one prompt."""

    def __init__(self, citations: Sequence[Citation], facts: str = "", asked: str = "") -> None:
        """Take the pieces, what the caller gave as facts, and the question.

        Facts need no citation to be repeated. The question proves nothing, but to repeat a
        figure of it in a refusal is no claim either.
        """
        self._by_tag = {citation.tag: citation for citation in citations}
        self._given = (facts, asked)
        self._read: dict[str, _Words] = {}

    def claims(self, unit: Unit) -> bool:
        """Say whether a unit states something that a reader could rely on."""
        plain = _TAGGED.sub(" ", unit.text)
        if not _WORD.search(plain):
            return False
        if unit.kind is Kind.BLOCK or self._adds(plain):
            return True
        if unit.kind is Kind.HEADING or claims_nothing(plain):
            return False
        return bool(tags_in(unit.text)) or not self._repeats(plain)

    def verdict(self, unit: Unit) -> Verdict:
        """Check one statement against all the pieces that it cites together."""
        used = tags_in(unit.text)
        tags = tuple(tag for tag in used if tag in self._by_tag)
        unknown = tuple(tag for tag in used if tag not in self._by_tag)
        if not tags:
            return Verdict(tags, unknown, cited=False)
        texts = [self._facts, *map(self._piece, tags)]
        plain = _TAGGED.sub(" ", unit.text)
        return Verdict(
            tags,
            unknown,
            cited=_covered(unit),
            misquoted=tuple(Doubt(words, tags) for words in _not_said(plain, texts)),
            unsupported=tuple(Doubt(figure, tags) for figure in _not_held(plain, texts)),
        )

    def _adds(self, plain: str) -> bool:
        """Say whether a statement holds a figure or a quotation that nobody gave."""
        return any(_not_held(plain, self._heard)) or any(_not_said(plain, self._heard))

    def _repeats(self, plain: str) -> bool:
        """Say whether a statement holds a figure, and nothing but what one line of the facts says.

        Of several lines, true words could be put together to something that none of them says.
        """
        figures = figures_in(plain)
        written = {word for one in figures for word in _WORD.findall(one.written.casefold())}
        words = set(_plain(plain).split()) - written - _LITTLE
        return bool(figures) and any(
            all(f" {word} " in line.plain for word in words) and not any(_not_held(plain, [line]))
            for line in self._lines
        )

    @cached_property
    def _facts(self) -> _Words:
        return _Words.of(self._given[0])

    @cached_property
    def _lines(self) -> Sequence[_Words]:
        return [_Words.of(line) for line in self._given[0].splitlines()]

    @cached_property
    def _heard(self) -> Sequence[_Words]:
        return (self._facts, _Words.of(self._given[1]))

    def _piece(self, tag: str) -> _Words:
        if tag not in self._read:
            self._read[tag] = _Words.of(self._by_tag[tag].title, self._by_tag[tag].text)
        return self._read[tag]

    def check(self, text: str) -> AnswerCheck:
        """Check a whole answer."""
        units = units_of(text)
        verdicts = [self.verdict(unit) for unit in units if self.claims(unit)]
        used = tags_in(text)
        return AnswerCheck(
            citations=tuple(self._by_tag[tag] for tag in used if tag in self._by_tag),
            statements=len(verdicts),
            cited=sum(verdict.cited for verdict in verdicts),
            unknown_tags=tuple(tag for tag in used if tag not in self._by_tag),
            misquoted=tuple(doubt for verdict in verdicts for doubt in verdict.misquoted),
            unsupported=tuple(doubt for verdict in verdicts for doubt in verdict.unsupported),
        )


def checker_of(answer: Answer, request: ContextRequest) -> Checker:
    """Hold what is said to a request against what its prompt held."""
    asked = "\n".join(one.content for one in request.messages if one.role == "user")
    return Checker(answer.pack.citations, request.facts, asked)


@dataclass(slots=True)
class Strict:
    """Lets through what can be checked, statement by statement, while an answer is written."""

    checker: Checker
    language: str
    dropped: int = 0
    """Statements that were left out."""
    kept: int = 0
    """Statements that were let through."""
    _segmenter: Segmenter = field(init=False, default_factory=Segmenter)
    _headings: str = field(init=False, default="")
    _declined: bool = field(init=False, default=False)
    _begun: bool = field(init=False, default=False)

    def feed(self, text: str) -> str:
        """Take more of the answer, and give what may be shown of it by now."""
        return "".join(map(self._let, self._segmenter.feed(text)))

    def finish(self) -> str:
        """Give the rest; where nothing was left of what was claimed, a sentence that says so."""
        rest = "".join(map(self._let, self._segmenter.finish()))
        if self.nothing_left and not self._declined:
            return f"{rest}{' ' if self._begun else ''}{honest(self.language)}"
        return rest

    @property
    def nothing_left(self) -> bool:
        """Whether everything that was claimed had to be left out."""
        return self.dropped > 0 and self.kept == 0

    def _let(self, unit: Unit) -> str:
        if not self.checker.claims(unit):
            if unit.kind is Kind.HEADING:
                # It is shown when something follows it that may be shown.
                self._headings += unit.text
                return ""
            self._declined = self._declined or declines(unit.text)
        elif self.checker.verdict(unit).holds:
            self.kept += 1
        else:
            self.dropped += 1
            return ""
        shown, self._headings = self._headings + unit.text, ""
        shown = shown if self._begun else shown.lstrip()
        self._begun = True
        return shown


def _covered(unit: Unit) -> bool:
    """Say whether the tags of a list speak for all of it: at its head, its end or each item."""
    items = _ITEM.split(unit.text)
    if unit.kind is not Kind.BLOCK or len(items) == 1:
        return True
    head, *listed = [bool(tags_in(item)) for item in items]
    return head or listed[-1] or all(listed)


def _not_said(statement: str, texts: Sequence[_Words]) -> Iterator[str]:
    """Give the quoted words that stand in none of the texts, but for case and punctuation."""
    for match in _QUOTED.finditer(statement):
        quote = next(filter(None, match.groups()))
        pieces = [_plain(piece) for piece in _GAP.split(quote)]
        if not all(any(piece in text.plain for text in texts) for piece in pieces):
            yield quote


def _not_held(statement: str, texts: Sequence[_Words]) -> Iterator[str]:
    known = [text.figures for text in texts]
    missing = (one.written for one in figures_in(statement) if not one.stands_in(*known))
    yield from dict.fromkeys(missing)


def _plain(text: str) -> str:
    """Write a text as its words, each between blanks, and letters of unspaced scripts alone."""
    words = _WORD.findall(unicodedata.normalize("NFKC", text).casefold())
    apart = _UNSPACED.sub(r" \g<0> ", " ".join(words))
    return f" {' '.join(apart.split())} "
