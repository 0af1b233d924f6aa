"""Pages that only say that there is no such page."""

import pytest

from connectors.doors import is_a_door
from connectors.soft_404 import names_an_error, no_page, says_not_found

MENU = "Home Products Boots Tents Help Contact " * 6
SORRY = f"{MENU} Sorry, the page /help/9f3a1c could not be found. Try our search instead."
AT = "https://shop.example/help/9f3a1c"


def test_a_page_that_differs_only_in_its_address_is_none() -> None:
    other = SORRY.replace("9f3a1c", "boots-2019")
    assert no_page(AT, SORRY).looks_like("https://shop.example/help/boots-2019", other)


def test_a_time_of_day_makes_no_page() -> None:
    shown = no_page(AT, f"{SORRY} Rendered at 12:03:44.")
    assert shown.looks_like(AT, f"{SORRY} Rendered at 12:03:51.")


def test_a_short_page_under_the_same_menu_is_one() -> None:
    real = f"{MENU} Boots go back within 30 days if their soles are clean and the box is whole."
    assert not no_page(AT, SORRY).looks_like("https://shop.example/help/returns", real)


def test_short_pages_of_unspaced_words_are_told_apart() -> None:
    assert not no_page(AT, "抱歉。找不到页面。").looks_like(AT, "登山靴。三十天内可退。")


def test_two_empty_pages_are_alike() -> None:
    assert no_page(AT, "").looks_like("https://shop.example/x", "")


@pytest.mark.parametrize(
    "title",
    [
        *("404", "404 Not Found", "Error 404", "Page not found | Shop", "Shop - Page Not Found"),
        *("Seite nicht gefunden \u2013 Laden", "Page introuvable", "Página no encontrada"),
        *("Fehler 404", "Страница не найдена", "页面不存在", "ページが見つかりません"),
        *("الصفحة غير موجودة", "पृष्ठ नहीं मिला", "Shop: 404 error"),
    ],
)
def test_a_short_page_with_such_a_title_is_none(title: str) -> None:
    assert says_not_found("https://shop.example/help/boots", title, f"{title} Go to the start.")


@pytest.mark.parametrize(
    ("url", "title", "text"),
    [
        ("https://shop.example/http/404", "404 Not Found", "It means that there is no page."),
        ("https://shop.example/errors", "404 Not Found | HTTP", "It means that " * 80),
        ("https://shop.example/lost", "Parcel not found at the depot?", "Call us."),
        ("https://shop.example/room", "Room 404: how to get there", "Take the lift."),
        ("https://shop.example/boots", "Boots", "Sold out: the page not found by anyone."),
        ("https://shop.example/peugeot", "Peugeot 404", "A car of 1960."),
    ],
)
def test_a_real_page_is_never_condemned(url: str, title: str, text: str) -> None:
    assert not says_not_found(url, title, text)


def test_addresses_of_error_pages_are_known() -> None:
    assert names_an_error("https://shop.example/404.html")
    assert names_an_error("https://shop.example/page-not-found/")
    assert not names_an_error("https://shop.example/rooms/404-boots")


def test_doors_before_all_pages_are_known() -> None:
    asked = "https://shop.example/help/boots"
    assert is_a_door(asked, "https://shop.example/login?next=%2Fhelp%2Fboots")
    assert is_a_door(asked, "https://shop.example/gate?return=/help/boots")
    assert is_a_door(asked, "https://shop.example/maintenance.html")
    assert not is_a_door(asked, "https://shop.example/help/boots-2026")
    assert not is_a_door(asked, "https://shop.example/help/login-trouble")
    assert not is_a_door("https://shop.example/auth", "https://shop.example/auth/overview")
