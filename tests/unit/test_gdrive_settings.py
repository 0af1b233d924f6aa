"""What a `gdrive` source may be told."""

import pytest

from connectors.errors import SettingsInvalid
from connectors.gdrive_settings import parse_drive
from connectors.model import Json


def test_without_a_word_everything_the_account_sees_of_my_drive_is_read() -> None:
    settings = parse_drive({})
    assert (settings.my_drive, settings.folders, settings.shared_drives) == (True, (), ())
    assert settings.permissions
    assert not settings.takes_type("image/png")


@pytest.mark.parametrize(
    "written",
    [
        "1AbCdEfG_-9",
        "https://drive.google.com/drive/folders/1AbCdEfG_-9",
        "https://drive.google.com/drive/u/0/folders/1AbCdEfG_-9?usp=sharing",
        "https://drive.google.com/open?id=1AbCdEfG_-9",
    ],
)
def test_a_folder_is_named_by_its_id_or_its_link(written: str) -> None:
    settings = parse_drive({"folders": written})
    assert (settings.folders, settings.my_drive) == (("1AbCdEfG_-9",), False)


@pytest.mark.parametrize(
    ("settings", "mend"),
    [
        ({"folder": "1AbCdEfG"}, "did you mean 'folders'"),
        ({"folders": "https://example.com/x' or trashed"}, "no id and no link"),
        ({"shared_drives": ["all", "0AbCdEfG"]}, "not both"),
        ({"my_drive": False}, "Nothing would be read"),
        ({"subject": "Ada"}, "e-mail address"),
        ({"exclude": ["*.png"]}, "media types"),
        ({"max_bytes": 0}, "whole number"),
        ({"rate": 0}, "whole number"),
    ],
)
def test_what_is_not_understood_is_refused_with_the_mend(
    settings: dict[str, Json], mend: str
) -> None:
    with pytest.raises(SettingsInvalid, match=mend):
        parse_drive(settings)
