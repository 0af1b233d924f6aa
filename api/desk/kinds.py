"""The kinds of sources as people choose them: what each is for, and what its form asks."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from api.desk.words import N_
from connectors.model import Json


class Shape(StrEnum):
    """How a field is filled in, and what becomes of it."""

    LINE = "line"
    LINES = "lines"
    """A list of strings, one a line."""
    NUMBER = "number"
    SECRET = "secret"  # noqa: S105 (a kind of field)
    PAPER = "paper"
    """A secret of many lines."""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing that a source of a kind is told; `name` is that of its setting or credential."""

    name: str
    label: str
    hint: str = ""
    shape: Shape = Shape.LINE
    needed: bool = False
    example: str = ""

    @property
    def secret(self) -> bool:
        """Say whether it is kept sealed, and never shown again."""
        return self.shape in (Shape.SECRET, Shape.PAPER)

    @property
    def key(self) -> str:
        """Give its name in the form, where a credential may not be taken for the form's token."""
        return f"secret_{self.name}" if self.secret else self.name


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of source."""

    name: str
    label: str
    says: str
    icon: str
    fields: tuple[Field, ...] = ()


_ONE_A_LINE = N_("One a line.")
_INCLUDE = Field(
    "include", N_("Only these"), N_("Patterns such as **/*.md, one a line."), Shape.LINES
)
_EXCLUDE = Field(
    "exclude", N_("Not these"), N_("Patterns such as drafts/**, one a line."), Shape.LINES
)
KINDS: Mapping[str, Kind] = {
    one.name: one
    for one in (
        Kind(
            "web",
            N_("Website"),
            N_(
                "A help centre or any other site: its pages are found by its sitemap and its links."
            ),
            "globe",
            (
                Field(
                    "start",
                    N_("Where it begins"),
                    N_("The address of the site, or several, one a line. What lies below is read."),
                    Shape.LINES,
                    needed=True,
                    example="https://example.com/help/",
                ),
                Field(
                    "include", N_("Only these"), N_("Patterns of paths, one a line."), Shape.LINES
                ),
                Field(
                    "exclude", N_("Not these"), N_("Patterns of paths, one a line."), Shape.LINES
                ),
                Field("max_pages", N_("At most so many pages"), "", Shape.NUMBER, example="5000"),
            ),
        ),
        Kind(
            "files",
            N_("Folder"),
            N_("Files in a folder of the machine that Punnet runs on."),
            "documents",
            (
                Field(
                    "path",
                    N_("Folder"),
                    N_("The whole path, as it is called on that machine."),
                    needed=True,
                    example="/srv/help-centre",
                ),
                _INCLUDE,
                _EXCLUDE,
                Field(
                    "base_url",
                    N_("Its address on the web"),
                    N_("Where the same files are published, so that answers can link to them."),
                    example="https://example.com/help",
                ),
            ),
        ),
        Kind(
            "upload",
            N_("Uploads"),
            N_("Files that you upload here, or that a program pushes."),
            "plus",
        ),
        Kind(
            "notion",
            "Notion",
            N_("Pages and databases that a Notion integration may read."),
            "copy",
            (
                Field(
                    "token",
                    N_("The integration's secret"),
                    N_("From notion.so/my-integrations. Share the pages with the integration."),
                    Shape.SECRET,
                    needed=True,
                    example="ntn_…",
                ),
                Field(
                    "roots",
                    N_("Only below these pages"),
                    N_("Addresses of pages, one a line. Empty: all that it may read."),
                    Shape.LINES,
                ),
            ),
        ),
        Kind(
            "gdrive",
            "Google Drive",
            N_("Documents in folders or shared drives that a service account may read."),
            "sources",
            (
                Field(
                    "service_account",
                    N_("The service account's key"),
                    N_("The JSON file that Google gave you, whole."),
                    Shape.PAPER,
                    needed=True,
                ),
                Field(
                    "folders",
                    N_("Folders"),
                    N_("Addresses of folders, one a line. Share them with the account."),
                    Shape.LINES,
                ),
                Field("shared_drives", N_("Shared drives"), _ONE_A_LINE, Shape.LINES),
            ),
        ),
        Kind(
            "youtube",
            "YouTube",
            N_("What is said in videos, by their captions."),
            "chat",
            (
                Field(
                    "channels",
                    N_("Channels"),
                    N_("Handles such as @acme, one a line."),
                    Shape.LINES,
                ),
                Field("playlists", N_("Playlists"), _ONE_A_LINE, Shape.LINES),
                Field("videos", N_("Videos"), _ONE_A_LINE, Shape.LINES),
                Field(
                    "languages",
                    N_("Languages"),
                    N_("The best one first."),
                    Shape.LINES,
                    example="en",
                ),
                Field(
                    "api_key",
                    N_("Key of the YouTube Data API"),
                    N_("Channels and playlists need one."),
                    Shape.SECRET,
                ),
            ),
        ),
    )
}


def setting_of(field: Field, written: str) -> Json:
    """Give what was written as a setting; None where nothing was, or it is no number."""
    lines: list[Json] = [line.strip() for line in written.splitlines() if line.strip()]
    if field.shape is Shape.LINES:
        return lines or None
    if field.shape is Shape.NUMBER:
        # What is no number is told of by the kind itself, in its own words.
        return int(written) if written.strip().isdecimal() else written.strip() or None
    return written.strip() or None
