"""What leads to the desk's pages, and whom each is shown."""

from dataclasses import dataclass

from api.desk.words import N_
from api.security import Caller


@dataclass(frozen=True, slots=True)
class Place:
    """A page that the navigation names."""

    path: str
    label: str
    icon: str
    scope: str = "read"
    whole: bool = False
    """Whether only keys that see everything may open it: it tells of everybody's questions."""
    also: tuple[str, ...] = ()
    """Other paths that belong to it."""

    def open_to(self, caller: Caller) -> bool:
        """Say whether the caller may open the page."""
        return caller.may(self.scope) and not (self.whole and caller.groups is not None)


PLACES = (
    Place("/", N_("Overview"), "overview"),
    Place("/review", N_("Review"), "review"),
    Place("/documents", N_("Documents"), "documents"),
    Place("/contradictions", N_("Contradictions"), "contradictions"),
    Place("/gaps", N_("Gaps"), "gaps", whole=True, also=("/topics",)),
    Place("/sources", N_("Sources"), "sources", also=("/runs",)),
    Place("/ask", N_("Ask"), "ask"),
    Place("/settings", N_("Settings"), "settings"),
)


@dataclass(frozen=True, slots=True)
class Step:
    """A place as one visitor sees it."""

    place: Place
    here: bool


def steps(caller: Caller, path: str) -> tuple[Step, ...]:
    """Give the places that are open to the caller, and which of them the path belongs to."""
    return tuple(
        Step(one, any(_leads(place, path) for place in (one.path, *one.also)))
        for one in PLACES
        if one.open_to(caller)
    )


def _leads(place: str, path: str) -> bool:
    return path == place or (place != "/" and path.startswith(f"{place}/"))
