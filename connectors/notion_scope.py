"""Say what lies below the pages that the settings name."""

from collections.abc import Awaitable, Callable, Collection, Mapping

from connectors.errors import DocumentUnreadable
from connectors.notion_api import NotionApi
from connectors.notion_model import Block, Database, DataSource, Kind, NotionPage, Place
from connectors.notion_refusals import Missing

_DEEPEST = 100
_OUTSIDE = Place(Kind.WORKSPACE, "")
_TRASH = Place(Kind.WORKSPACE, "trash")


class Scope:
    """The part of a workspace that is read; one for each scan, for pages move."""

    def __init__(self, api: NotionApi, roots: Collection[str]) -> None:
        self._api = api
        self._roots = frozenset(roots)
        self._parents: dict[str, Place] = {}

    async def holds(self, one: str, parent: Place) -> bool:
        """Say whether what stands there is to be read; parents that were told are remembered.

        Raises DocumentUnreadable where the way up cannot be told.
        """
        self._parents[one] = parent
        if not self._roots:
            return True
        way = [one]
        while way[-1] not in self._roots:
            if parent in {_OUTSIDE, _TRASH}:
                return False
            if parent.id in way or len(way) > _DEEPEST:
                raise DocumentUnreadable("The pages that it stands in stand in each other.")
            way.append(parent.id)
            parent = await self._parent_of(parent)
        return True

    async def in_trash(self, page: NotionPage) -> bool:
        """Say whether a page stands in something that is in the trash, and so is there too.

        What cannot be seen or told is taken for what is there.
        """
        place, above = page.parent, {page.id}
        while place not in {_OUTSIDE, _TRASH} and place.id not in above:
            above.add(place.id)
            try:
                place = await self._parent_of(place)
            except DocumentUnreadable:
                return False
        return place == _TRASH

    async def _parent_of(self, place: Place) -> Place:
        if place.id not in self._parents:
            try:
                self._parents[place.id] = await self._asked(place)
            except Missing:
                # What we cannot see stands in nothing that was shared with us.
                self._parents[place.id] = _OUTSIDE
        return self._parents[place.id]

    async def _asked(self, place: Place) -> Place:
        ask: Mapping[Kind, Callable[[str], Awaitable[Block | Database | DataSource | NotionPage]]]
        ask = {
            Kind.DATABASE: self._api.database,
            Kind.DATA_SOURCE: self._api.source,
            Kind.BLOCK: self._api.block,
        }
        there = await ask.get(place.kind, self._api.page)(place.id)
        return _TRASH if there.trashed else there.parent
