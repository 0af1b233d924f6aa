"""Settings are read strictly and globs match as people write them."""

from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.errors import SettingsInvalid
from connectors.files_settings import parse_files
from connectors.globs import compile_globs
from connectors.media_types import media_type_of
from connectors.model import Json, Source, SourceId, TenantId
from connectors.registry import check
from connectors.surroundings import Allowed


@pytest.mark.parametrize(
    ("pattern", "matching", "others"),
    [
        ("*.md", ["a.md", "deep/er/a.md", "A.MD"], ["a.mdx", "a.md/b"]),
        ("/*.md", ["a.md"], ["deep/a.md"]),
        ("guides/*.md", ["guides/a.md"], ["guides/x/a.md", "x/guides/a.md", "a.md"]),
        ("guides/**/*.md", ["guides/a.md", "guides/x/y/a.md"], ["a.md", "x/guides/a.md"]),
        ("guides/**", ["guides/a", "guides/x/y"], ["guides", "guidesx/a"]),
        ("**/faq/*", ["faq/a", "x/y/faq/a"], ["faq/x/a", "faq"]),
        ("**", ["a", "a/b/c"], []),
        ("a/**/**/b", ["a/b", "a/x/b", "a/x/y/b"], ["a/x"]),
        ("page-[0-9]?.txt", ["page-12.txt"], ["page-1.txt", "page-ab.txt"]),
        ("[!a]*", ["b", "x/b"], ["a", "x/a"]),
        ("draft", ["draft", "x/draft"], ["drafts", "draft/x"]),
        ("a.b", ["a.b"], ["aXb"]),
        (".*", [".git", "x/.env"], ["a.b"]),
    ],
)
def test_a_pattern_matches_what_people_mean(
    pattern: str, matching: Sequence[str], others: Sequence[str]
) -> None:
    globs = compile_globs([pattern], "include")
    assert [path for path in matching if not globs.match(path)] == []
    assert [path for path in others if globs.match(path)] == []


@given(st.lists(st.sampled_from(["a", "b", "ab"]), min_size=1, max_size=6))
def test_two_stars_stand_for_any_number_of_folders(parts: list[str]) -> None:
    path = "/".join(parts)
    assert compile_globs(["a/**/b"], "include").match(path) == (
        len(parts) > 1 and parts[0] == "a" and parts[-1] == "b"
    )


def test_no_pattern_makes_a_match_slow() -> None:
    stars = "*a" * 100 + "b"
    folders = "**/a/" * 90 + "b"
    globs = compile_globs([stars, folders], "exclude")
    assert not globs.match("/".join(["a" * 250] * 200))


@pytest.mark.parametrize(
    ("pattern", "said"),
    [
        ("", "is empty"),
        ("../x", r"'\.\.'"),
        ("a\\b", "backslash"),
        ("*.{md,html}", "one pattern for each"),
        ("a**/b", "must stand alone"),
        ("x" * 501, "longer than 500"),
    ],
)
def test_a_pattern_that_cannot_work_is_refused_with_the_mend(pattern: str, said: str) -> None:
    with pytest.raises(SettingsInvalid, match=f"'include'.*{said}"):
        compile_globs([pattern], "include")


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({}, "'path' is missing"),
        ({"path": "docs"}, "must be absolute"),
        ({"path": "~/docs"}, "must be absolute"),
        ({"path": "/srv/../etc"}, r"must not contain '\.\.'"),
        ({"path": 7}, "'path' must be a string, not 7"),
        ({"path": "/d", "inclde": []}, "no setting 'inclde': did you mean 'include'.*Allowed: "),
        ({"path": "/d", "include": [1]}, "'include' must be a list of strings"),
        ({"path": "/d", "max_bytes": 0}, "'max_bytes' must be a whole number from 1"),
        ({"path": "/d", "max_bytes": True}, "'max_bytes' must be a whole number"),
        ({"path": "/d", "max_bytes": 10**12}, "'max_bytes' must be a whole number"),
        ({"path": "/d", "follow_symlinks": "yes"}, "must be true or false, not 'yes'"),
        ({"path": "/d", "settle_seconds": -1}, "'settle_seconds' must be"),
        ({"path": "/d", "base_url": "ftp://x"}, "'base_url' must begin with https"),
    ],
)
def test_settings_that_cannot_work_are_refused_with_the_mend(
    settings: dict[str, Json], said: str
) -> None:
    with pytest.raises(SettingsInvalid, match=said):
        parse_files(settings)


@pytest.mark.parametrize(
    ("exclude", "taken", "left"),
    [
        ("drafts/**", "x/drafts/a.md", "drafts/a.md"),
        ("drafts", "draft/a.md", "x/drafts/y/a.md"),
        ("/drafts/", "x/drafts/a.md", "drafts/y/a.md"),
    ],
)
def test_an_excluded_folder_takes_all_below_it_along(exclude: str, taken: str, left: str) -> None:
    selection = parse_files({"path": "/d", "exclude": exclude}).selection
    assert selection.takes(taken)
    assert not selection.takes(left)


def test_an_included_folder_brings_all_below_it() -> None:
    selection = parse_files({"path": "/d", "include": ["guides/", "*.md"]}).selection
    taken = [ref for ref in ("guides/x/a.txt", "b.md", "c.txt") if selection.takes(ref)]
    assert taken == ["guides/x/a.txt", "b.md"]


def test_hidden_files_and_leavings_are_no_documents_unless_asked_for() -> None:
    refs = (".git/config", "x/.env", "node_modules/a/readme.md", "a.md~", "logo.png", "a.md")
    usual = parse_files({"path": "/d"}).selection
    every = parse_files({"path": "/d", "default_excludes": False}).selection
    assert [ref for ref in refs if usual.takes(ref)] == ["a.md"]
    assert [ref for ref in refs if every.takes(ref)] == list(refs)


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("a.md", "text/markdown"),
        ("x/B.HTML", "text/html"),
        ("a.vtt", "text/vtt"),
        ("a.srt", "application/x-subrip"),
        ("a.tar.gz", "application/octet-stream"),
        ("README", "text/plain"),
        ("a.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("a.unheard-of", "application/octet-stream"),
        ("a.png", "image/png"),
    ],
)
def test_the_media_type_comes_from_the_name(name: str, media_type: str) -> None:
    assert media_type_of(name) == media_type


def test_an_unknown_kind_is_refused_with_the_kinds_there_are() -> None:
    with pytest.raises(SettingsInvalid, match=r"'file': did you mean 'files'.*files, gdrive"):
        check(_source("file", {}))


def test_an_upload_source_has_no_settings() -> None:
    with pytest.raises(SettingsInvalid, match=r"'upload' sources have no setting 'path'.*none"):
        check(_source("upload", {"path": "/d"}))


def test_a_folder_outside_of_the_allowed_ones_is_refused(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    inside.mkdir()
    outside.mkdir()
    (inside / "way-out").symlink_to(outside)
    (outside / "circle").symlink_to(outside / "circle")
    check(_source("files", {"path": str(inside)}), Allowed([inside]))
    for path in (outside, inside / "way-out", outside / "circle", Path("/")):
        with pytest.raises(SettingsInvalid, match="a folder that the operator allows") as refused:
            check(_source("files", {"path": str(path)}), Allowed([inside]))
        # Where a link leads is not told to who may not look there.
        assert str(refused.value).endswith(f"'{path}' does not.")


def _source(kind: str, settings: dict[str, Json]) -> Source:
    return Source(SourceId("s1"), TenantId("acme"), kind, "Handbook", settings)
