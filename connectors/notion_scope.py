"""Say what lies below the pages that the settings name."""

from collections.abc import Collection

from connectors.errors import DocumentUnreadable
from connectors.notion_api import Missing, NotionApi
from connectors.notion_model import Kind, Place

_DEEPEST = 100
_OUTSIDE = Place(Kind.WORKSPACE, "")


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
        if not self._roots:
            return True
        self._parents[one] = parent
        way = [one]
        while way[-1] not in self._roots:
            if parent == _OUTSIDE:
                return False
            if parent.id in way or len(way) > _DEEPEST:
                raise DocumentUnreadable("The pages that it stands in stand in each other.")
            way.append(parent.id)
            parent = await self._parent_of(parent)
        return True

    async def _parent_of(self, place: Place) -> Place:
        if place.id not in self._parents:
            try:
                self._parents[place.id] = await self._asked(place)
            except Missing:
                # What we cannot see stands in nothing that was shared with us.
                self._parents[place.id] = _OUTSIDE
        return self._parents[place.id]

    async def _asked(self, place: Place) -> Place:
        if place.kind is Kind.DATABASE:
            return (await self._api.database(place.id))[0]
        if place.kind is Kind.DATA_SOURCE:
            return (await self._api.source(place.id)).parent
        if place.kind is Kind.BLOCK:
            return (await self._api.block(place.id)).parent
        return (await self._api.page(place.id)).parent
