"""Decide what the changes of a commit mean for the documents that are there."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ingest.model import DocumentId
from ingest.records import Blank, Change, DocumentState, Drop, Fail, Keep, NewRevision, Write

Deed = Write | Drop | Fail | Blank
"""A change of one document; keeps are done in bulk."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What a commit must know of a document that is there."""

    id: DocumentId
    ref: str
    state: DocumentState
    attempts: int
    revisions: int
    """The number of its latest revision, dropped ones too."""
    live: int | None
    """The row of its live revision."""
    reason: str = ""
    """Why it is quarantined or failed."""

    @property
    def deleted(self) -> bool:
        """Whether its ref is free for another document."""
        return self.state is DocumentState.DELETED


@dataclass(frozen=True, slots=True)
class Settled:
    """What becomes of one document."""

    id: DocumentId
    before: Standing | None
    deed: Deed

    @property
    def born(self) -> NewRevision | None:
        """The text that it has from now on, if that is a new one."""
        return self.deed.revision if isinstance(self.deed, Write) else None

    @property
    def retired(self) -> int | None:
        """The row of the revision that it loses."""
        stays = isinstance(self.deed, Fail) or (isinstance(self.deed, Write) and self.born is None)
        return None if stays or self.before is None else self.before.live

    @property
    def title(self) -> str:
        """What its new text is called."""
        return self.deed.facts.title if isinstance(self.deed, Write) else ""

    @property
    def moved(self) -> bool:
        """Whether it takes another ref than it had."""
        if self.before is None or isinstance(self.deed, Drop):
            return False
        if isinstance(self.deed, Fail) and self.deed.moved_from is None:
            return False
        return self.before.ref != refs_of(self.deed)[0]


def deeds_of(changes: Iterable[Change]) -> tuple[Deed, ...]:
    """Give the changes that are more than a sighting."""
    return tuple(change for change in changes if not isinstance(change, Keep))


def refs_of(deed: Deed) -> tuple[str, ...]:
    """Give the refs under which the document may be known."""
    ref = deed.facts.ref if isinstance(deed, Write | Blank) else deed.ref
    former = deed.moved_from if isinstance(deed, Write | Fail) else None
    return (ref, former) if former else (ref,)


def id_of(deed: Deed) -> DocumentId | None:
    """Give the id that the change names."""
    if isinstance(deed, Write | Blank):
        return deed.facts.id
    return deed.document if isinstance(deed, Fail) else None


def settle(deeds: Sequence[Deed], standing: Iterable[Standing]) -> tuple[Settled, ...]:
    """Say what becomes of each document, the last word on it being the one that counts.

    A document that stands under a ref that another one takes was overwritten: it is
    dropped. Where a ref had several documents, the one that is not deleted is meant.
    """
    register = _Register({}, {}, {}, {})
    for one in standing:
        register.enter(one)
    for deed in deeds:
        register.vacate(deed)
    settled: dict[DocumentId, Settled] = {}
    for wanted in deeds:
        document = register.find(wanted) or id_of(wanted)
        if document is None:
            continue
        deed = register.granted(document, wanted)
        settled[document] = Settled(document, register.before.get(document), deed)
        for overwritten, ref in register.place(document, deed):
            before = register.before.get(overwritten)
            settled[overwritten] = Settled(overwritten, before, Drop(ref))
    return tuple(one for one in settled.values() if one.before or not isinstance(one.deed, Drop))


@dataclass(frozen=True, slots=True)
class _Register:
    """Who stands under which ref while the changes are gone through."""

    before: dict[DocumentId, Standing]
    current: dict[str, DocumentId]
    """Of documents that are not deleted."""
    places: dict[DocumentId, str]
    """The same from the other side."""
    former: dict[str, DocumentId]
    """Of deleted ones."""

    def enter(self, one: Standing) -> None:
        self.before[one.id] = one
        if one.deleted:
            self.former[one.ref] = one.id
        else:
            self._take(one.ref, one.id)

    def vacate(self, deed: Deed) -> None:
        """Free the ref of a document that moves, since another may take it before."""
        one = self.before.get(id_of(deed) or DocumentId(""))
        # One that fails may yet have to stay.
        if one is None or isinstance(deed, Fail):
            return
        if Settled(one.id, one, deed).moved:
            self._leave(one.id)

    def find(self, deed: Deed) -> DocumentId | None:
        """Give the document that is meant: by its id, else where it stood, else by its ref."""
        named = id_of(deed)
        if named is not None and named in self.before:
            return named
        for ref in reversed(refs_of(deed)):
            if ref in self.current:
                return self.current[ref]
        return None if isinstance(deed, Drop) else self.former.get(refs_of(deed)[0])

    def granted(self, document: DocumentId, deed: Deed) -> Deed:
        """Let what could not be read move only where nothing else stands."""
        if not isinstance(deed, Fail) or self.current.get(deed.ref, document) == document:
            return deed
        return replace(deed, moved_from=None)

    def place(self, document: DocumentId, deed: Deed) -> list[tuple[DocumentId, str]]:
        """Put the document under its ref, and give the other one that stood there."""
        if isinstance(deed, Fail) and not deed.moved_from and document in self.places:
            return []  # What could not be read stays where it was known.
        self._leave(document)
        if isinstance(deed, Drop):
            return []
        ref = refs_of(deed)[0]
        other = self.current.get(ref)
        self._take(ref, document)
        return [] if other is None else [(other, ref)]

    def _take(self, ref: str, document: DocumentId) -> None:
        self.current[ref] = document
        self.places[document] = ref

    def _leave(self, document: DocumentId) -> None:
        ref = self.places.pop(document, None)
        if ref is not None and self.current.get(ref) == document:
            del self.current[ref]
