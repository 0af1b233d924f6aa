"""Visit one address of a crawl, and say what came of it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime

from connectors.asking import Asker, Conditions, Disallowed, Landing
from connectors.doors import CROWD, Crowds, is_a_door, is_a_login
from connectors.errors import FetchError, FetchFailed, FetchRefused
from connectors.impostors import Impostors
from connectors.model import Address, Entry, Failure, KnownDocument, Reply, Visit
from connectors.soft_404 import names_an_error
from connectors.trail import Trail
from connectors.web_entry import conditions_of, entry_of
from connectors.web_page import Content, PageReader
from connectors.web_settings import WebSettings


@dataclass(frozen=True, slots=True)
class Finding:
    """What came of an address in a crawl."""

    visits: tuple[Visit, ...]
    """Of the address first, then of the one that it led to."""
    items: tuple[Entry | Failure, ...] = ()
    read: bool = True
    """Whether it is known where the address leads now."""
    answered: bool = True
    """Whether the site answered as one that is up does."""
    disallowed: bool = False
    impostor: bool = False
    """Whether it only says that there is no such page."""
    problem: str = ""
    """Why it is no document, if it is none."""


@dataclass(frozen=True, slots=True)
class Visitor:
    """Visit addresses for one crawl."""

    settings: WebSettings
    asker: Asker
    trail: Trail
    known: Mapping[str, KnownDocument]
    reader: PageReader
    impostors: Impostors
    now: Callable[[], datetime]
    crowds: Crowds = field(default_factory=Crowds)

    async def visit(self, address: Address) -> Finding:
        """Ask an address and judge the answer; whatever goes wrong with it becomes a Failure."""
        last = (await self.trail.learnt([address.url])).get(address.url)
        at = _At(address, last or Visit(address.url, "", ()), address.url in self.known)
        try:
            landing = await self.asker.follow(address.url, self._conditions(last), self._ahead)
            return await self._judged(at, landing)
        except Disallowed:
            return _disallowed(at)
        except FetchRefused as error:
            return _failed(at, str(error))
        except FetchFailed as error:
            return replace(_failed(at, str(error)), answered=False)

    async def _judged(self, at: "_At", landing: Landing) -> Finding:
        if landing.permanent and is_a_login(at.url, landing.url):
            landing = replace(landing, permanent=False)  # whatever its status says
        elif landing.permanent and await self._is_nowhere(at, landing):
            return self._missing(at, f"It leads to {landing.url}, as all does that is not there.")
        reply = landing.reply
        if reply is None:
            return self._elsewhere(at, landing)
        match reply.status:
            case 200:
                return await self._found(at, landing, reply)
            case 304 if conditions_of(self.known.get(landing.url)):
                return await self._unchanged(at, landing)
            case 404 | 410:
                return self._missing(at, f"The site answers {reply.status}.")
            case status:
                down = status >= 500 or status == 429
                return replace(_failed(at, f"The site answers {status}."), answered=not down)

    # --- what was asked is not there ------------------------------------------------

    def _missing(self, at: "_At", problem: str) -> Finding:
        since = at.last.missing_since or self.now()
        gone = Visit(at.url, "", (), since, at.address.depth)
        return Finding((gone,), problem=problem)

    async def _is_nowhere(self, at: "_At", landing: Landing) -> bool:
        if not landing.moved or at.url in self.settings.starts:
            return False
        return (await self.impostors.of(at.url)).target == landing.url

    def _elsewhere(self, at: "_At", landing: Landing) -> Finding:
        """Judge a redirect that was not followed: off the site, or to what was visited."""
        if not self.settings.scope.same_site(landing.url):
            if landing.permanent:
                return self._missing(at, "It moved to another site.")
            return self._away(at)
        if landing.permanent:
            return Finding((at.alias_of(landing.url),))
        return self._for_now(at, landing.url) or Finding((at.alias_of(landing.url),))

    def _for_now(self, at: "_At", target: str) -> Finding | None:
        """Judge a temporary redirect; None when it may stand for the page it leads to."""
        wrong = self._at_a_door(at, target)
        if wrong is None and at.held and self._takes(target):
            return _failed(at, f"It leads to {target} for now; its text stays until it does not.")
        return wrong

    def _at_a_door(self, at: "_At", target: str) -> Finding | None:
        crowd = self.crowds.joined(target, at.url)
        if is_a_door(at.url, target) or crowd >= (CROWD if self._takes(target) else 2):
            return _failed(at, f"It leads to {target} for now, where others lead too.")
        return None

    def _away(self, at: "_At") -> Finding:
        """Judge what leads off the site for now, which ends a crawl where that is its start."""
        why = "It leads to another site for now."
        if at.held:
            return _failed(at, why)
        return replace(_none(at), read=at.url not in self.settings.starts, problem=why)

    # --- what was asked is there ------------------------------------------------------

    async def _unchanged(self, at: "_At", landing: Landing) -> Finding:
        held = self.known[landing.url]
        learnt = at.last
        if landing.moved:
            learnt = (await self.trail.learnt([landing.url])).get(landing.url, at.last)
        same = Entry(landing.url, held.version, held.validators)
        return self._placed(at, landing, learnt.links, lambda _: same)

    async def _found(self, at: "_At", landing: Landing, reply: Reply) -> Finding:
        if landing.moved and names_an_error(landing.url):
            return _failed(at, f"It leads to {landing.url}, a page for what is not there.")
        content = await self.reader.read(reply)
        # First, since error pages often ask not to be indexed: that is no wish of this page.
        if await self._is_impostor(at, content):
            why = "It says that there is no such page, though with status 200 (a soft 404)."
            nothing = Visit(at.url, "", content.links, depth=at.address.depth)
            # What we never held is as good as a link to nowhere.
            items = (Failure(at.url, why),) if at.held else ()
            return Finding((nothing,), items, impostor=True, problem=why)
        if content.problem:
            return self._no_document(at, content)
        if twin := await self._twin(at, content):
            first, *others = twin.visits
            # What links the one page has, the other may lack.
            links = tuple(dict.fromkeys((*first.links, *content.links)))
            return replace(twin, visits=(replace(first, links=links), *others))
        return self._placed(at, landing, content.links, lambda ref: self._entry(content, ref))

    def _no_document(self, at: "_At", content: Content) -> Finding:
        facts, problem = content.facts, content.problem
        if facts.refresh and not facts.noindex:
            return self._sent_on(at, facts.refresh)
        nothing = Visit(at.url, "", content.links, depth=at.address.depth)
        # Of a type that nobody reads it may be by a slip; to be left out is its own wish.
        slipped = at.held and not content.is_page and not facts.noindex
        items = (Failure(at.url, problem),) if slipped else ()
        return Finding((nothing,), items, problem=problem)

    def _sent_on(self, at: "_At", target: str) -> Finding:
        """Judge a page that sends its readers on at once: nothing says for how long."""
        if not self.settings.scope.same_site(target):
            return self._away(at)
        if not self._takes(target):
            return self._missing(at, f"It moved to {target}, which the source does not take.")
        return self._at_a_door(at, target) or Finding((at.alias_of(target),))

    async def _is_impostor(self, at: "_At", content: Content) -> bool:
        url = content.reply.url
        held = self.known.get(url)
        unchanged = held is not None and held.version == self._entry(content, url).version
        starts = self.settings.starts
        if unchanged or not content.is_page or not {at.url, url}.isdisjoint(starts):
            return False
        if not content.says_not_found and not content.is_like((await self.impostors.of(url)).page):
            return False
        # Many sites show their first page for whatever they do not have.
        return url not in {start.ref for start in (await self.trail.learnt(starts)).values()}

    async def _twin(self, at: "_At", content: Content) -> Finding | None:
        """Go on to the address that a page gives as its own, if that is the same page."""
        twin = content.canonical
        if twin is None or twin in {at.url, content.reply.url} or not self._takes(twin):
            return None
        known = (await self.trail.learnt([twin])).get(twin)
        if await self._visited(twin):
            same = known is not None and known.ref == twin and content.is_spelled_like(twin)
            if same:
                return Finding((at.alias_of(twin),))
        try:
            landing = await self.asker.follow(twin, self._plainly, self._never)
            if landing.reply is None or landing.reply.status != 200:
                return None
            other = await self.reader.read(landing.reply)
        except FetchError:
            return Finding((at.alias_of(twin),)) if twin in self.known else None
        if other.problem or other.canonical not in {None, twin} or not content.is_twin_of(other):
            return None
        if await self._visited(twin):
            return Finding((at.alias_of(twin),))
        moved = replace(landing, moved=True, permanent=True)
        return self._placed(at, moved, other.links, lambda ref: self._entry(other, ref))

    def _placed(
        self,
        at: "_At",
        landing: Landing,
        links: tuple[str, ...],
        entry: Callable[[str], Entry],
    ) -> Finding:
        """Give a document the ref that it has: its own address, or the one that was asked."""
        url = landing.url
        own = Visit(url, url if self._takes(url) else "", links, depth=at.address.depth)
        if not landing.moved:
            return Finding((own,), (entry(url),) if own.ref else ())
        if not own.ref and landing.permanent:
            return self._missing(at, f"It moved to {url}, which the source does not take.")
        if landing.permanent:
            came = at.url if at.held and url not in self.known else None
            return Finding((at.alias_of(url), own), (replace(entry(url), moved_from=came),))
        wrong = self._for_now(at, url)
        if own.ref:
            others = wrong.items if wrong else ()
            said = (*others, entry(url))
            return Finding((at.alias_of(url), own), said, read=wrong is None)
        kept = Visit(at.url, at.url, links, depth=at.address.depth)
        return wrong or Finding((kept,), (entry(at.url),))

    def _entry(self, content: Content, ref: str) -> Entry:
        made = entry_of(content.reply, ref, self.known.get(ref), self.now())
        # What scripts made of a page has no validators: those are of the page without them.
        return replace(made, validators={}) if content.rendered else made

    # --- how to ask -------------------------------------------------------------------

    def _conditions(self, last: Visit | None) -> Conditions:
        async def conditions(url: str) -> Mapping[str, str]:
            headers = conditions_of(self.known.get(url))
            visited = url == last.url if last else False
            # Of what was never visited nobody knows where it leads, so that it must come whole.
            return headers if headers and (visited or await self.trail.learnt([url])) else {}

        return conditions

    async def _plainly(self, _: str) -> Mapping[str, str]:
        return {}

    async def _ahead(self, url: str) -> bool:
        return self.settings.scope.same_site(url) and not await self._visited(url)

    async def _never(self, _: str) -> bool:
        return False

    async def _visited(self, url: str) -> bool:
        reached = (await self.trail.reached([url])).get(url)
        return reached is not None and reached.visited

    def _takes(self, url: str) -> bool:
        return self.settings.scope.takes(url)


@dataclass(frozen=True, slots=True)
class _At:
    """The address that is visited, what was learnt there last, and whether we hold it."""

    address: Address
    last: Visit
    held: bool

    @property
    def url(self) -> str:
        return self.address.url

    def alias_of(self, target: str) -> Visit:
        """Note that the address is another name of a page."""
        return Visit(self.url, target, (target,), depth=self.address.depth)


def _none(at: _At) -> Finding:
    return Finding((Visit(at.url, "", (), depth=at.address.depth),))


def _disallowed(at: _At) -> Finding:
    why = "The site's robots.txt no longer allows it."
    items = (Failure(at.url, why),) if at.held else ()
    return replace(_none(at), items=items, disallowed=True, problem="Its robots.txt forbids it.")


def _failed(at: _At, reason: str) -> Finding:
    # What is not known to be there is not known to be missing either.
    kept = replace(at.last, missing_since=None, depth=at.address.depth)
    return Finding((kept,), (Failure(at.url, reason),), read=False, problem=reason)
