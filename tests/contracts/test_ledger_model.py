"""Any row of commits does what the same row does to a dict of documents."""

import asyncio
from collections.abc import Coroutine, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import copyfile
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ingest.model import DocumentId, PointId
from ingest.records import Blank, Change, DocumentHead, DocumentState, Drop, Fail, Keep
from tests.builders import ACME, SHOP, facts, point_id, write
from tests.contracts.ledgers import EVERYTHING, Desk, desk_at

T = TypeVar("T")
REFS = st.sampled_from(["a", "b", "c"])
TEXTS = st.lists(st.sampled_from(["one", "two", "three"]), min_size=1, max_size=4)
ACTS = st.sampled_from(["write", "facts", "keep", "drop", "fail", "blank"])


@dataclass(frozen=True, slots=True)
class Modelled:
    """What the ledger must say of a document."""

    ref: str
    state: DocumentState
    text: tuple[str, ...]
    """The paragraphs of its live revision; none without one."""


class Ledgers(RuleBasedStateMachine):
    """Commits at random, against a model; `template` is an empty ledger."""

    template: Path

    @initialize()
    def open(self) -> None:
        self.folder = TemporaryDirectory()
        file = Path(copyfile(self.template, Path(self.folder.name) / "ledger.db"))
        self.loop = asyncio.Runner()
        self.opened = desk_at(file)
        self.desk: Desk = self.wait(self.opened.__aenter__())
        self.documents: dict[DocumentId, Modelled] = {}
        self.history: dict[int, Mapping[DocumentId, str]] = {0: {}}
        self.lingering: set[PointId] = set()

    def teardown(self) -> None:
        if hasattr(self, "opened"):
            for sequence, texts in self.history.items():
                assert self.wait(self.read(sequence)) == texts
            self.wait(self.opened.__aexit__(None, None, None))
            self.loop.close()
            self.folder.cleanup()

    def wait(self, waiting: Coroutine[Any, Any, T]) -> T:
        return self.loop.run(waiting)

    # --- what happens ---------------------------------------------------------------

    @rule(acts=st.dictionaries(REFS, st.tuples(ACTS, TEXTS), min_size=1))
    def change(self, acts: Mapping[str, tuple[str, list[str]]]) -> None:
        heads = self.heads()
        changes = [self.act(ref, act, text, heads.get(ref)) for ref, (act, text) in acts.items()]
        self.commit([change for change in changes if change is not None])

    @rule(old=REFS, new=REFS, text=st.none() | TEXTS)
    @precondition(lambda self: hasattr(self, "documents"))
    def rename(self, old: str, new: str, text: list[str] | None) -> None:
        head = self.heads().get(old)
        if head is None or old == new or not self.documents[head.facts.id].text:
            return
        for other in self.at(new):
            self.remove(other)
        its = replace(head.facts, ref=new)
        change = write(new, *(text or ()), its=its, moved_from=old)
        self.becomes(its.id, new, DocumentState.LIVE, tuple(text or self.documents[its.id].text))
        self.commit([change])

    @rule()
    def forget_what_lingers(self) -> None:
        self.wait(self.desk.ledger.points.forget_points(ACME, sorted(self.lingering)))
        self.lingering.clear()

    @rule()
    def drop_what_is_old(self) -> None:
        """Readers of old sequences must be done by then: so is their history."""
        self.wait(self.desk.ledger.points.drop_old_revisions(self.desk.clock(), 1000))
        self.history.clear()

    # --- what must be true ----------------------------------------------------------

    @invariant()
    @precondition(lambda self: hasattr(self, "documents"))
    def agrees(self) -> None:
        self.wait(self.compare())

    async def compare(self) -> None:
        desk, reading = self.desk, self.desk.ledger.reading
        snapshot = await reading.snapshot(ACME)
        live = self.live_points()
        assert await self.read(snapshot.sequence) == self.texts()
        assert snapshot.lingering == len(self.lingering)
        later = desk.clock.pass_(seconds=1)
        assert set(await desk.ledger.points.lingering(ACME, SHOP, later, 99)) == self.lingering
        walked = [set(batch) async for batch in desk.ledger.points.live_points(ACME, SHOP)]
        assert set().union(*walked) == live
        anything = list(live | self.lingering)
        assert set(await reading.alive(ACME, snapshot.sequence, anything, EVERYTHING)) == live
        assert set(await desk.ledger.points.passages(ACME, anything)) == set(anything)
        stored = await reading.list_documents(ACME, EVERYTHING, None, None, 99)
        assert {one.facts.id: (one.facts.ref, one.state) for one in stored} == {
            id_: (one.ref, one.state) for id_, one in self.documents.items()
        }

    async def read(self, sequence: int) -> Mapping[DocumentId, str]:
        """Give texts by document, since a ref is told as it is now."""
        reading = self.desk.ledger.reading
        ids = [one.facts.id for one in await reading.knowledge(ACME, sequence, EVERYTHING)]
        contents = await reading.contents(ACME, sequence, ids)
        return {its: contents[its].text for its in ids}

    # --- the model ------------------------------------------------------------------

    def heads(self) -> Mapping[str, DocumentHead]:
        heads = self.wait(self.desk.ledger.documents.heads(ACME, SHOP, ["a", "b", "c"]))
        for ref in ("a", "b", "c"):
            there, former = self.at(ref), [i for i, one in self.documents.items() if one.ref == ref]
            assert (ref in heads) == bool(former)
            assert not there or heads[ref].facts.id in there
        return heads

    def at(self, ref: str) -> list[DocumentId]:
        return [
            id_
            for id_, one in self.documents.items()
            if one.ref == ref and one.state is not DocumentState.DELETED
        ]

    def act(self, ref: str, act: str, text: list[str], head: DocumentHead | None) -> Change | None:
        its = head.facts.id if head else DocumentId(f"doc-{len(self.documents)}")
        before = self.documents.get(its, Modelled(ref, DocumentState.DELETED, ()))
        match act:
            case "write":
                return self.write(its, ref, tuple(text), new=True)
            case "facts":
                return self.write(its, ref, before.text, new=False) if before.text else None
            case "fail":
                self.becomes(its, ref, DocumentState.FAILED, before.text)
                return Fail(its, ref, "", "unreadable", None)
            case "blank":
                self.becomes(its, ref, DocumentState.NO_CONTENT, ())
                return Blank(facts(ref, id_=its), "no words")
            case "drop":
                return self.drop(ref)
            case _:
                return self.keep(its, ref, before)

    def write(self, its: DocumentId, ref: str, text: tuple[str, ...], *, new: bool) -> Change:
        self.becomes(its, ref, DocumentState.LIVE, text)
        return write(ref, *(text if new else ()), its=facts(ref, id_=its))

    def drop(self, ref: str) -> Change:
        for there in self.at(ref):
            self.remove(there)
        return Drop(ref)

    def keep(self, its: DocumentId, ref: str, before: Modelled) -> Change:
        if before.state is DocumentState.FAILED and before.text:
            self.becomes(its, ref, DocumentState.LIVE, before.text)
        return Keep(ref, {})

    def remove(self, its: DocumentId) -> None:
        self.becomes(its, self.documents[its].ref, DocumentState.DELETED, ())

    def becomes(
        self, its: DocumentId, ref: str, state: DocumentState, text: tuple[str, ...]
    ) -> None:
        before = self.documents.get(its)
        old = {point_id(its, each) for each in before.text} if before else set()
        new = {point_id(its, each) for each in text}
        self.lingering = (self.lingering | (old - new)) - new
        self.documents[its] = Modelled(ref, state, text)

    def commit(self, changes: list[Change]) -> None:
        self.desk.clock.pass_(seconds=1)
        sequence = self.wait(self.desk.commit(*changes))
        assert sequence >= max(self.history, default=0)
        self.history[sequence] = self.texts()

    def texts(self) -> Mapping[DocumentId, str]:
        return {its: "\n".join(one.text) for its, one in self.documents.items() if one.text}

    def live_points(self) -> set[PointId]:
        return {point_id(its, each) for its, one in self.documents.items() for each in one.text}


@pytest.fixture
def machine(empty_ledger: Path) -> type[Ledgers]:
    return type("LedgersFromTemplate", (Ledgers,), {"template": empty_ledger})


def test_any_row_of_commits_agrees_with_the_model(machine: type[Ledgers]) -> None:
    run_state_machine_as_test(
        machine,
        settings=settings(
            max_examples=25,
            stateful_step_count=16,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],  # Shrinking opens a ledger for every try.
            suppress_health_check=list(HealthCheck),
        ),
    )
