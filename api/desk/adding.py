"""Add a source, and upload documents into one that takes them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any

from fastapi import Query
from pydantic import ValidationError
from starlette.datastructures import FormData, UploadFile
from starlette.requests import Request
from starlette.responses import Response

from api.deps import Decided, Served
from api.desk.asking import words_of
from api.desk.doors import Shown, Writing, desk_router
from api.desk.kinds import KINDS, Field, Kind, setting_of
from api.desk.schedules import RHYTHMS, Rhythm
from api.desk.sources import PATH
from api.desk.words import N_
from api.errors import Forbidden
from api.middleware import allow_body
from api.problems import fields_of
from api.routes.sources import added
from api.routes.uploads import described, stored, upload_source
from api.schemas.documents import UploadQuery
from api.schemas.sources import SourceBody
from connectors.errors import SettingsInvalid

router = desk_router()
_NEEDED = N_("This is needed.")
_ADDED = N_("The source is there. Its first sync begins in a moment.")
_ADDED_QUIETLY = N_("The source is there. It is synced when you ask for it.")
_NO_FILE = N_("No file was chosen.")
_UPLOADED = N_("Uploaded. The files are read now.")
_MOST_FILES = 200
_LONGEST_REF = 1_024
_YOUTUBE = N_(
    "Captions come by an interface that YouTube made for its own pages: its terms may not let you "
    "use it, and it blocks addresses that ask much. The operator turns it on with "
    "PUNNET_YOUTUBE=true."
)


@dataclass(frozen=True, slots=True)
class Filling:
    """A form on the way: what was written, and what is wrong with it, by field."""

    kind: Kind
    written: Mapping[str, str] = field(default_factory=dict)
    wrong: Mapping[str, str] = field(default_factory=dict)
    off: str = ""
    """Why there can be no such source here."""
    rhythms: Mapping[str, str] = field(default_factory=lambda: RHYTHMS)


@router.get(PATH + "/new")
async def choose_kind(
    me: Writing, desk: Shown, decided: Decided, kind: Annotated[str, Query(max_length=40)] = ""
) -> Response:
    """Show the kinds of sources, or the form of one."""
    chosen = KINDS.get(kind)
    if chosen is None:
        return desk.show(me, "source_kinds", kinds=KINDS.values())
    off = _YOUTUBE if kind == "youtube" and not decided.youtube else ""
    return desk.show(me, "source_new", form=Filling(chosen, {"every": "1d"}, off=off))


@router.post(PATH + "/new")
async def add(request: Request, me: Writing, desk: Shown, served: Served) -> Response:
    """Keep a new source, or show what is wrong at its field."""
    written = _texts(await request.form())
    kind = KINDS.get(written.get("kind", ""))
    if kind is None:
        return desk.go(me, f"{PATH}/new")
    wrong = {one.key: me.say(_NEEDED) for one in _missing(kind, written)}
    if not wrong:
        try:
            record = await added(served, me.caller, _body(kind, written))
            told = _ADDED if record.timing else _ADDED_QUIETLY
            return desk.go(me, f"{PATH}/{record.source.id}", me.say(told))
        except ValidationError as error:
            wrong = {_place(kind, one.field): one.message for one in fields_of(error)}
        except (SettingsInvalid, Forbidden) as error:
            said = error.detail if isinstance(error, Forbidden) else str(error)
            wrong = {_field_of(kind, said): said}
    secrets = {one.key for one in kind.fields if one.secret}
    kept = {name: text for name, text in written.items() if name not in secrets}
    return desk.show(me, "source_new", 422, form=Filling(kind, kept, wrong))


@router.post(PATH + "/{source_id}/upload")
async def upload(
    source_id: str, request: Request, me: Writing, desk: Shown, served: Served, decided: Decided
) -> Response:
    """Keep the files that a browser sends, and have them read."""
    record = await upload_source(served, me.caller, source_id)
    # A form without script was read already for its token, and is kept to a smaller size.
    allow_body(request, decided.upload_max_bytes)
    form = await request.form(max_files=_MOST_FILES)
    files = [one for one in form.getlist("files") if isinstance(one, UploadFile) and one.filename]
    if not files:
        return desk.go_wrong(me, f"{PATH}/{source_id}", me.say(_NO_FILE))
    for one in files:
        content = await one.read()
        what = described(_ref(one), UploadQuery(), one.content_type or "", content)
        await stored(served, me.caller, record, what, content)
    run = await served.schedule.request_run(me.caller.tenant, record.source.id)
    return desk.go(me, f"/runs/{run.id}", me.say(_UPLOADED))


def _texts(form: FormData) -> dict[str, str]:
    return {name: text for name, text in form.items() if isinstance(text, str)}


def _missing(kind: Kind, written: Mapping[str, str]) -> Iterable[Field]:
    needed = (Field("name", "", needed=True), *kind.fields)
    return [one for one in needed if one.needed and not written.get(one.key, "").strip()]


def _body(kind: Kind, written: Mapping[str, str]) -> SourceBody:
    """Give the form as the API takes it; raises ValidationError."""
    filled = {one: setting_of(one, written.get(one.key, "")) for one in kind.fields}
    settings = {one.name: value for one, value in filled.items() if value and not one.secret}
    given = ("every", "cron", "time_zone")
    rhythm = Rhythm(*(written.get(name, "").strip() for name in given))
    said: dict[str, Any] = {
        "kind": kind.name,
        "name": written["name"].strip(),
        "settings": settings,
        "schedule": rhythm.body() if rhythm.every else None,
        "access": words_of(written.get("access", "")),
        "tags": words_of(written.get("tags", "")),
        "credentials": {one.name: value for one, value in filled.items() if value and one.secret},
    }
    return SourceBody(**said)


def _ref(file: UploadFile) -> str:
    """Give the name of a file as every store can hold it."""
    return "".join(filter(str.isprintable, file.filename or ""))[:_LONGEST_REF]


def _place(kind: Kind, named: str) -> str:
    """Give the field that the API means; the parts of a schedule are shown as one."""
    own = {one.name: one.key for one in kind.fields}
    own |= {name: name for name in ("name", "access", "tags")}
    return next((own[part] for part in named.split(".") if part in own), "every")


def _field_of(kind: Kind, said: str) -> str:
    """Give the field that a message names first; "" where it names none."""
    found = {one.key: said.find(f"'{one.name}'") for one in kind.fields}
    named = {name: at for name, at in found.items() if at >= 0}
    return min(named, key=named.__getitem__) if named else ""
