"""What every page of the desk stands in: who looks, in which language, and how it is shown."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from urllib.parse import quote, unquote

from jinja2 import Environment, FileSystemLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from api.desk.assets import STATIC, Assets
from api.desk.formats import Formats, zone_named
from api.desk.navigation import steps
from api.desk.session import LONGEST, NO_TENANT, Seals, Session
from api.desk.throttle import Ended, Throttle
from api.desk.words import NAMES, Catalogue, preferred
from api.errors import Problem, Unauthenticated
from api.security import Caller, KeyRing
from ingest.ports import Clock

SESSION, TOLD = "punnet_session", "punnet_told"
THEME, LANGUAGE, ZONE = "punnet_theme", "punnet_language", "punnet_zone"
THEMES = ("light", "dark")
SIGN_IN = "/sign-in"
NOBODY = Caller(NO_TENANT, "", frozenset(), frozenset(), operator=False)
"""Who looks before signing in; may nothing."""
_TROUBLE = "!"
"""What a message begins with where the action came to nothing."""
_YEAR = timedelta(days=365)
_TOLD_FOR = timedelta(minutes=1)
_LONGEST_TOLD = 700
"""Characters of a message; browsers drop a cookie of more than 4 KB."""
_AS_IS = ":/%#?=@[]!$&'()*+,;"
"""What an address of ours may hold as it is; no other character fits into a header."""
_POLICY = (
    "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Frame-Options": "DENY",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks at a page."""

    session: Session
    caller: Caller
    words: Catalogue
    formats: Formats
    theme: str
    """light or dark; "" as the system has it."""
    token: str
    """What its forms carry."""
    path: str
    told: str
    """What the action before came to."""
    went_wrong: bool
    """Whether that was nothing."""
    partial: bool
    """Whether htmx asks, and takes a part of a page."""

    def may(self, scope: str) -> bool:
        """Say whether the key has the scope."""
        return self.caller.may(scope)

    @property
    def may_report(self) -> bool:
        """Say whether the visitor may raise flags."""
        return self.may("feedback") or self.may("write")

    def say(self, message: str, **values: object) -> str:
        """Give a message in the visitor's language."""
        return self.words.gettext(message).format(**values)

    def say_many(self, one: str, many: str, n: int) -> str:
        """Give a message about so many."""
        return self.words.ngettext(one, many, n).format(n=self.formats.count(n))


class Desk:
    """Know visitors, and show them pages."""

    def __init__(
        self,
        seals: Seals,
        ring: KeyRing,
        clock: Clock,
        catalogues: Mapping[str, Catalogue],
        assets: Assets,
        public_url: str | None,
    ) -> None:
        self.seals = seals
        self.ring = ring
        self.clock = clock
        self.catalogues = catalogues
        self.assets = assets
        self.throttle = Throttle()
        self._ended = Ended()
        self._public_url = (public_url or "").rstrip("/")
        self._room = _environment(assets)

    # --- who looks ----------------------------------------------------------------

    async def visitor(self, request: Request) -> Visitor:
        """Give who asks; a session whose key counts no more is nobody's."""
        session = self._session(request)
        if session is not None and session.signed_in:
            try:
                caller = await self.ring.caller_of(session.tenant, session.key_id)
            except Unauthenticated:
                return self.guest(request, None)
            return self._visitor(request, session, caller)
        return self.guest(request, session)

    def guest(self, request: Request, session: Session | None = None) -> Visitor:
        """Give a visitor who may nothing yet."""
        return self._visitor(request, session or self.seals.begin(self.clock()), NOBODY)

    def _session(self, request: Request) -> Session | None:
        sealed = request.cookies.get(self._session_name(request), "")
        session = self.seals.open_session(sealed, self.clock())
        return None if session is None or session.id in self._ended else session

    def _session_name(self, request: Request) -> str:
        # By https no other place of the same domain can set a cookie of this name for us.
        return f"__Host-{SESSION}" if self.is_secure(request) else SESSION

    def end(self, session: Session) -> None:
        """Have nobody come in with this session any more."""
        self._ended.end(session.id, self.clock(), session.began_at + LONGEST)

    def _visitor(self, request: Request, session: Session, caller: Caller) -> Visitor:
        words = self.catalogues[self._language(request)]
        zone = zone_named(unquote(request.cookies.get(ZONE, "")))
        theme = request.cookies.get(THEME, "")
        told = self.seals.open("told", request.cookies.get(TOLD, "")) or ""
        return Visitor(
            session=session,
            caller=caller,
            words=words,
            formats=Formats(words, self.clock(), zone),
            theme=theme if theme in THEMES else "",
            token=self.seals.token(session),
            path=request.url.path,
            told=told.removeprefix(_TROUBLE),
            went_wrong=told.startswith(_TROUBLE),
            partial="hx-request" in request.headers,
        )

    def _language(self, request: Request) -> str:
        chosen = request.cookies.get(LANGUAGE, "")
        if chosen in self.catalogues:
            return chosen
        return preferred(request.headers.get("accept-language", ""), self.catalogues)

    # --- what is shown ------------------------------------------------------------

    def show(self, me: Visitor, template: str, status: int = 200, **view: object) -> Response:
        """Fill a template; it also sees `me`, `fmt`, `steps` and `languages`."""
        page = self._room.get_template(f"{template}.html.j2").render(
            me=me, fmt=me.formats, steps=steps(me.caller, me.path), languages=NAMES, **view
        )
        return HTMLResponse(page, status, headers={"Vary": "HX-Request, Accept-Language, Cookie"})

    def warm(self) -> None:
        """Compile all templates, so that nobody waits for it at the first look."""
        for name in self._room.list_templates():
            self._room.get_template(name)

    def show_problem(self, me: Visitor, problem: Problem, request_id: str) -> Response:
        """Tell what went wrong: as a page, or as a notice in the page that htmx has."""
        template = "notice" if me.partial else "problem"
        code = problem.kind.status
        return self.show(me, template, code, problem=problem, code=code, request_id=request_id)

    def go_wrong(self, me: Visitor, path: str, why: str) -> Response:
        """Lead back after an action that was refused, with the reason."""
        return self.go(me, path, _TROUBLE + why)

    def go(self, me: Visitor, path: str, told: str = "") -> Response:
        """Lead on after an action, with what it came to."""
        response: Response = RedirectResponse(path, 303)
        if me.partial:
            # A redirect would be followed out of sight, into the part that was asked for.
            response = Response(status_code=204, headers={"HX-Location": quote(path, _AS_IS)})
        if told:
            self._carry(response, TOLD, self.seals.seal("told", told[:_LONGEST_TOLD]), _TOLD_FOR)
        return response

    def to_sign_in(self, me: Visitor, request: Request) -> Response:
        """Have somebody sign in, and come back to where a link led."""
        here = request.url.path + (f"?{request.url.query}" if request.url.query else "")
        wanted = here if request.method == "GET" and not me.partial else ""
        path = f"{SIGN_IN}?next={quote(wanted, safe='')}" if wanted not in ("", "/") else SIGN_IN
        if me.partial:
            return Response(status_code=204, headers={"HX-Redirect": path})
        return RedirectResponse(path, 303)

    # --- what goes along ----------------------------------------------------------

    def finish(self, request: Request, me: Visitor, response: Response) -> Response:
        """Harden an answer, and keep the session alive with it."""
        response.headers.update(_HEADERS)
        if request.cookies.get(TOLD) and not _sets(response, TOLD):
            response.delete_cookie(TOLD)
        held = self._session(request)
        kept = held is not None and held.id == me.session.id and not held.aged(self.clock())
        if not kept and not _sets(response, self._session_name(request)):
            self.keep_session(request, response, me.session)
        return response

    def keep_session(self, request: Request, response: Response, session: Session) -> None:
        """Give the browser the session's cookie, asked for just now."""
        sealed = self.seals.seal_session(session.seen(self.clock()))
        response.set_cookie(
            self._session_name(request),
            sealed,
            max_age=int(LONGEST.total_seconds()),
            # Strict would show the sign-in page to whoever follows a link in a digest's mail.
            samesite="lax",
            httponly=True,
            secure=self.is_secure(request),
        )

    def keep_choice(self, response: Response, name: str, value: str) -> None:
        """Have the browser remember how somebody likes to read; "" forgets it."""
        if value:
            self._carry(response, name, value, _YEAR)
        else:
            response.delete_cookie(name)

    def is_secure(self, request: Request) -> bool:
        """Say whether the browser reached us by https, be it through a proxy."""
        if request.url.scheme == "https":
            return True
        host = request.headers.get("host", "")
        return self._public_url == f"https://{host}"

    def is_ours(self, request: Request, origin: str) -> bool:
        """Say whether a page of this origin is one of ours."""
        host = request.headers.get("host", "")
        return origin in {f"http://{host}", f"https://{host}", self._public_url or None}

    def _carry(self, response: Response, name: str, value: str, time: timedelta) -> None:
        response.set_cookie(
            name, value, max_age=int(time.total_seconds()), samesite="lax", httponly=True
        )


def _sets(response: Response, name: str) -> bool:
    return any(one.startswith(f"{name}=") for one in response.headers.getlist("set-cookie"))


@cache
def _environment(assets: Assets) -> Environment:
    """Give the room in which templates are filled, whatever the language of who looks."""
    room = Environment(
        loader=FileSystemLoader(STATIC.with_name("templates") / "desk"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        extensions=["jinja2.ext.i18n"],
    )
    room.install_gettext_callables(_gettext, _ngettext, newstyle=True)  # type: ignore[attr-defined]
    room.globals["asset"] = assets.url
    return room


@pass_context
def _gettext(context: Context, message: str) -> str:
    return str(context["me"].words.gettext(message))


@pass_context
def _ngettext(context: Context, one: str, many: str, n: int) -> str:
    return str(context["me"].words.ngettext(one, many, n))
