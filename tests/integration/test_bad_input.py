"""Bad input through the real processes: a clear word for each, and the rest goes on."""

import os
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.running import Place, Said, Up, serving

GOOD = "Refunds take five working days."
LONG_NAME = f"{'n' * 247}.md"
GERMAN = "Die Rückerstattung dauert fünf Werktage, größere Beträge länger."
RUSSIAN = "Возврат денег занимает пять рабочих дней."
JAPANESE = "返金には五営業日かかります。領収書をお持ちください。"
SEARCHABLE = {
    "good.md": ("how long do refunds take", GOOD),
    "deep.html": ("nested labyrinth page", "Words in a nested labyrinth page."),
    "cp1251.txt": ("возврат денег", RUSSIAN),
    "shift-jis.txt": ("返金", JAPANESE),
    "utf-16.txt": ("warranty rucksack", "The warranty of a rucksack lasts two years."),
    "wrong-meta.html": ("Rückerstattung Werktage", GERMAN),
    "line\nbreak.md": ("zeppelin", "A zeppelin drifts by."),
    "spaces & ünïcode 返金.md": ("xylophone", "A xylophone rings."),
    LONG_NAME: ("quicksilver", "Quicksilver runs away."),
}
MANY = 600
EMPTY = ("empty.md", "empty.html", "empty.pdf", "empty.vtt", "empty.docx", "empty.bin")
FAILING = {
    "broken.pdf": "broken.pdf is broken.*write it anew",
    "encrypted.pdf": "encrypted.pdf is encrypted: give it without a password",
    "huge.txt": "200.0 MB, more than 'max_bytes'.*raise the setting or exclude it",
    "unreadable.md": "cannot be read.*permission denied.*let Punnet read it, or exclude it",
    "binary.md": "not read here: give it as HTML, PDF, an office file or text",
    "noise.docx": "noise.docx is broken or no DOCX at all",
    "old.doc": "old.doc is broken and cannot be opened",
    "link.md": "symbolic link: exclude it, or set 'follow_symlinks'",
    "nowhere.md": "symbolic link",
    "pipe.md": "not a regular file",
    "\\xff\\xfe.md": "name is not UTF-8.*rename it",
}


@pytest.fixture(scope="module")
def up(tmp_path_factory: pytest.TempPathFactory, default_model: Path) -> Iterator[Up]:
    with serving(Place(tmp_path_factory.mktemp("bad") / "home", default_model.parent)) as served:
        yield served


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("bad") / "pages"
    folder.mkdir()
    _write_good(folder)
    _write_bad(folder)
    return folder


@pytest.fixture(scope="module")
def added(up: Up, folder: Path) -> Said:
    return up.place.punnet("source", "add", "Bad", "--path", str(folder))


@pytest.fixture(scope="module")
def source(up: Up, added: Said) -> str:
    found = up.http.get("/v1/sources").json()["items"]
    return next(str(one["id"]) for one in found if one["name"] == "Bad")


@pytest.fixture(scope="module")
def run(up: Up, source: str) -> dict[str, Any]:
    found: dict[str, Any] = up.http.get("/v1/runs", params={"source_id": source}).json()
    return found["items"][-1]  # type: ignore[no-any-return]


# --- files ------------------------------------------------------------------------


def test_every_file_is_accounted_for(run: dict[str, Any]) -> None:
    counts = run["counts"]
    assert run["state"] == "partial"
    assert counts["listed"] == len(SEARCHABLE) + len(EMPTY) + len(FAILING)
    assert counts["indexed"] == len(SEARCHABLE)
    assert counts["no_content"] == len(EMPTY)
    assert counts["failed"] == len(FAILING)


@pytest.mark.parametrize("ref", FAILING)
def test_a_bad_file_fails_with_what_to_do(up: Up, source: str, ref: str) -> None:
    document = up.documents(source)[ref]
    assert document["state"] == "failed"
    assert re.search(FAILING[ref], document["reason"])


@pytest.mark.parametrize("ref", EMPTY)
def test_an_empty_file_has_no_content_and_is_no_failure(up: Up, source: str, ref: str) -> None:
    assert up.documents(source)[ref]["state"] == "no_content"


@pytest.mark.parametrize("ref", SEARCHABLE)
def test_what_stands_beside_bad_files_is_searchable(up: Up, source: str, ref: str) -> None:
    query, text = SEARCHABLE[ref]
    assert up.documents(source)[ref]["state"] == "live"
    assert text in up.texts(query)


def test_the_command_tells_each_reason_and_ends_with_a_failure(added: Said) -> None:
    assert added.status == 1
    assert "partial" in added.out
    assert "encrypted.pdf is encrypted: give it without a password" in added.err
    assert "Traceback" not in added.err


def test_a_mended_file_goes_in_and_the_others_are_left_alone(
    up: Up, source: str, folder: Path
) -> None:
    (folder / "unreadable.md").chmod(0o644)
    (folder / "good.md").write_bytes(b"\x00\x01\x02\xff" * 400)
    again = up.sync(source)
    assert (again["counts"]["indexed"], again["counts"]["chunks_embedded"]) == (1, 1)
    assert "Behind a closed door." in up.texts("closed door")
    assert GOOD in up.texts("how long do refunds take")  # until the file says something else


def test_a_folder_that_cannot_be_listed_deletes_nothing(up: Up, tmp_path: Path) -> None:
    (tmp_path / "pages" / "closed").mkdir(parents=True)
    (tmp_path / "pages" / "closed" / "a.md").write_text("# A\n\nA walrus sings.\n")
    source = up.add_source("Closed", tmp_path / "pages")
    up.sync(source)
    (tmp_path / "pages" / "closed").chmod(0)
    try:
        run = up.sync(source)
    finally:
        (tmp_path / "pages" / "closed").chmod(0o755)
    assert (run["state"], run["counts"]["deleted"]) == ("partial", 0)
    assert any("nothing is deleted in this source" in one["reason"] for one in run["errors"])
    assert "A walrus sings." in up.texts("walrus")


def test_a_missing_folder_fails_the_run_with_what_to_check(up: Up, tmp_path: Path) -> None:
    said = up.place.punnet("source", "add", "Gone", "--path", str(tmp_path / "nowhere"))
    assert said.status == 1
    assert f"The folder '{tmp_path}/nowhere' cannot be opened" in said.err
    assert "Check that it exists" in said.err


def test_a_folder_that_is_a_file_fails_the_run(up: Up, tmp_path: Path) -> None:
    (tmp_path / "file.md").write_text("# A file\n")
    run = up.sync(up.add_source("File", tmp_path / "file.md"))
    assert run["state"] == "failed"
    assert "not a directory" in run["errors"][0]["reason"]


def test_an_empty_folder_is_a_success(up: Up, tmp_path: Path) -> None:
    run = up.sync(up.add_source("Empty", tmp_path))
    assert (run["state"], run["counts"]["listed"]) == ("succeeded", 0)


def test_many_tiny_files_survive_a_killed_worker(up: Up, tmp_path: Path) -> None:
    for number in range(MANY):
        (tmp_path / f"{number}.txt").write_text(f"Article number{number}.\n")
    source = up.add_source("Many", tmp_path)
    run = up.start_sync(source)
    up.run_when(run, lambda found: found["counts"]["indexed"] >= 64)
    os.kill(up.child("worker"), 9)
    ended = up.ended(run)
    assert ended["state"] == "succeeded"
    assert ended["counts"]["listed"] == ended["counts"]["indexed"] == MANY
    assert {one["state"] for one in up.documents(source).values()} == {"live"}
    for number in (0, 64, MANY // 2, MANY - 1):
        assert up.texts(f"number{number}").count(f"Article number{number}.") == 1


# --- requests ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"kind": "notoin", "settings": {}}, "no kind of source 'notoin'.* Kinds: files, gdrive"),
        (
            {"kind": "files", "settings": {"path": "/d", "inclde": ["*.md"]}},
            "no setting 'inclde': did you mean 'include'[?] Allowed: ",
        ),
        ({"kind": "files", "settings": {}}, "'path' is missing: give the folder"),
        ({"kind": "files", "settings": {"path": "docs"}}, "'path' must be absolute"),
        (
            {"kind": "files", "settings": {"path": "/d", "max_bytes": "many"}},
            "'max_bytes' must be a whole number from 1 to",
        ),
    ],
)
def test_a_source_that_cannot_work_is_refused_and_not_kept(
    up: Up, body: dict[str, Any], words: str
) -> None:
    refused = up.http.post("/v1/sources", json={"name": "Refused", **body})
    assert refused.status_code == 422
    assert re.search(words, refused.json()["detail"])
    assert "Refused" not in up.http.get("/v1/sources").text


@pytest.mark.parametrize("header", ["", "Bearer pn_000000000000_wrong", "Bearer x", "Basic eDp5"])
def test_without_a_good_key_nothing_is_told(up: Up, header: str) -> None:
    refused = up.http.get("/v1/sources", headers={"Authorization": header})
    assert refused.status_code == 401
    assert re.search("punnet key create|Ask an admin", refused.json()["detail"])


@pytest.mark.parametrize("limit", [0, 10**6])
@pytest.mark.parametrize("path", ["/v1/search", "/v1/documents", "/v1/runs", "/v1/sources"])
def test_a_limit_out_of_range_is_refused_with_the_range(up: Up, path: str, limit: int) -> None:
    if path == "/v1/search":
        refused = up.http.post(path, json={"query": "refunds", "limit": limit})
    else:
        refused = up.http.get(path, params={"limit": limit})
    assert refused.status_code == 422
    assert re.search(r"limit: must be from 1 to \d+", refused.json()["detail"])


def test_another_tenants_ids_are_as_unknown_as_any(
    up: Up, source: str, run: dict[str, Any]
) -> None:
    made = up.http.post("/v1/tenants", json={"name": "Globex"}).json()
    stranger = {"Authorization": f"Bearer {made['key']}"}
    document = up.documents(source)["good.md"]["id"]
    theirs = (f"sources/{source}", f"runs/{run['id']}", f"documents/{document}")
    for path in theirs:
        foreign = up.http.get(f"/v1/{path}", headers=stranger)
        unknown = up.http.get(f"/v1/{path.partition('/')[0]}/{'0' * 32}", headers=stranger)
        assert foreign.status_code == unknown.status_code == 404
        assert _without_request_id(foreign.text) == _without_request_id(unknown.text)
    hits = up.http.post("/v1/search", json={"query": "refunds"}, headers=stranger)
    assert hits.json()["hits"] == []


def test_a_model_that_nobody_knows_is_told_with_what_to_write(up: Up) -> None:
    body = {"query": "How long do refunds take?", "model": "nobody/knows"}
    refused = up.http.post("/v1/context", json=body)
    assert refused.status_code == 422
    assert "PUNNET_PRICES" in refused.json()["detail"]


# --- starts -----------------------------------------------------------------------


def test_a_second_up_on_the_home_is_told_who_serves_it(up: Up) -> None:
    said = up.place.punnet("up", "--port", "0")
    assert said.status == 3
    assert f"already served by process {up.process.pid} at {up.http.base_url}" in said.err
    assert "another --home" in said.err


def test_a_taken_port_is_told_with_what_to_give(up: Up, tmp_path: Path) -> None:
    port = str(up.http.base_url.port)
    said = Place(tmp_path / "home", up.place.models).punnet("up", "--port", port)
    assert said.status == 3
    assert f"Port {port} of 127.0.0.1 is taken" in said.err
    assert "--port" in said.err


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("port = = 80", "cannot be read: .*line 1.* Mend it or move it away"),
        ('port = "many"', "port in .*punnet.toml: .*valid integer"),
        ("prot = 80", "not a setting: prot. Settings are: .*port"),
    ],
)
def test_a_broken_settings_file_is_told_with_its_place(
    tmp_path: Path, written: str, words: str
) -> None:
    (tmp_path / "punnet.toml").write_text(written)
    said = Place(tmp_path, tmp_path).punnet("up")
    assert said.status == 1
    assert re.fullmatch(f"punnet: .*{words}.*\n", said.err)


def test_a_home_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "closed").mkdir(mode=0o500)
    (tmp_path / "file").touch()
    for home in ("closed", "closed/below", "file", "file/below"):
        said = Place(tmp_path / home, tmp_path).punnet("up", "--port", "0")
        assert said.status == 1
        assert re.fullmatch(r"punnet: Nothing can be kept in .*--home or PUNNET_HOME\.\n", said.err)


def test_an_embedding_model_that_nobody_knows_is_told(tmp_path: Path) -> None:
    place = Place(tmp_path / "home", tmp_path / "models")
    built = place.punnet("model", "build", "nobody-knows")
    started = place.punnet("up", "--port", "0", PUNNET_MODEL="nobody/knows")
    assert built.status == started.status == 1
    assert "nobody knows the embedding model 'nobody-knows'. Give all-MiniLM" in built.err
    assert "cannot fetch nobody/knows" in started.err
    assert "check the name and the network" in started.err
    assert "Traceback" not in built.err + started.err


def test_a_ledger_that_is_damaged_or_gone_is_told_and_left_as_it_is(
    tmp_path: Path, default_model: Path
) -> None:
    place = Place(tmp_path / "home", default_model.parent)
    assert place.punnet("migrate").status == 0
    ledger = place.home / "ledger.db"
    damaged = b"not a ledger" * 9_000
    ledger.write_bytes(damaged)
    told = place.punnet("up", "--port", "0")
    assert ledger.read_bytes() == damaged
    ledger.unlink()
    missed = place.punnet("up", "--port", "0")
    assert not ledger.exists()
    assert told.status == missed.status == 1
    assert "cannot start: the ledger cannot be used now (file is not a database)" in told.err
    assert "put a backup in its place" in told.err
    assert "cannot start: there is no ledger at" in missed.err
    assert "punnet migrate" in missed.err
    assert "Traceback" not in told.err + missed.err


# --- what is written --------------------------------------------------------------


def _write_good(folder: Path) -> None:
    deep = "<div>" * 5_000 + "<p>Words in a nested labyrinth page.</p>" + "</div>" * 5_000
    page = f"<html><head><meta charset='utf-8'></head><body><p>{GERMAN}</p></body></html>"
    (folder / "good.md").write_text(f"# Refunds\n\n{GOOD}\n")
    (folder / "deep.html").write_text(f"<html><body>{deep}</body></html>")
    (folder / "cp1251.txt").write_text(RUSSIAN, encoding="cp1251")
    (folder / "shift-jis.txt").write_text(JAPANESE, encoding="shift_jis")
    (folder / "utf-16.txt").write_text(SEARCHABLE["utf-16.txt"][1], encoding="utf-16")
    (folder / "wrong-meta.html").write_text(page, encoding="latin-1")
    for odd in ("line\nbreak.md", "spaces & ünïcode 返金.md", LONG_NAME):
        (folder / odd).write_text(f"# Odd\n\n{SEARCHABLE[odd][1]}\n")


def _write_bad(folder: Path) -> None:
    for empty in EMPTY:
        (folder / empty).touch()
    (folder / "broken.pdf").write_bytes(b"%PDF-1.7\nnothing of the kind\n%%EOF\n")
    (folder / "encrypted.pdf").write_bytes(_encrypted_pdf())
    with (folder / "huge.txt").open("wb") as huge:
        huge.truncate(200_000_000)
    (folder / "unreadable.md").write_text("# Door\n\nBehind a closed door.\n")
    (folder / "unreadable.md").chmod(0)
    (folder / "binary.md").write_bytes(bytes(range(256)) * 20)
    (folder / "noise.docx").write_bytes(bytes(range(256)) * 20)
    (folder / "old.doc").write_bytes(bytes.fromhex("d0cf11e0a1b11ae1") + bytes(600))
    (folder / "link.md").symlink_to("/etc/hostname")
    (folder / "nowhere.md").symlink_to("gone.md")
    os.mkfifo(folder / "pipe.md")
    Path(os.fsdecode(os.fsencode(folder) + b"/\xff\xfe.md")).write_text("# Bytes\n\nUnnamed.\n")


def _encrypted_pdf() -> bytes:
    """Give a PDF whose password nobody has: the digests that would prove one are made up."""
    proof = b"42" * 32
    objects = (
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Kids[3 0 R]/Count 1>>",
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 99 99]>>",
        b"<</Filter/Standard/V 1/R 2/P -4/O<" + proof + b">/U<" + proof + b">>>",
    )
    written, places = b"%PDF-1.4\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(written))
        written += b"%d 0 obj%s endobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    return (
        written
        + b"xref\n0 5\n0000000000 65535 f \n%s" % table
        + (
            b"trailer<</Size 5/Root 1 0 R/Encrypt 4 0 R/ID[<4242><4242>]>>\n"
            b"startxref\n%d\n%%%%EOF\n" % len(written)
        )
    )


def _without_request_id(text: str) -> str:
    return re.sub(r'"request_id":"[^"]*"', "", text)
