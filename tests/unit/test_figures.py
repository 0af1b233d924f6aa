import pytest

from retrieval.figures import figures_in, known_figures


def missing(statement: str, text: str) -> list[str]:
    known = known_figures(text)
    return [one.written for one in figures_in(statement) if not one.stands_in(known)]


@pytest.mark.parametrize(
    ("statement", "text"),
    [
        ("It takes 5 days.", "It takes five days."),
        ("It takes five days.", "Dauert 5 Tage."),
        ("It costs $1,000.50.", "Kostet 1.000,50 €."),
        ("1 000 people", "1000 people"),
        ("3.50 €", "3,5 €"),
        ("20 % off", "twenty percent off"),
        ("On 5 March 2024.", "2024-03-05"),
        ("2024-03-05", "am 5. März 2024"),
        ("05.03.2024", "le 5 mars 2024"),
        ("At 5 pm.", "17:00"),
        ("At 17:00.", "5 p.m."),
        ("Error E31 on iOS 17.2.", "iOS 17.2 shows E-31."),
        ("USB3 works.", "USB 3 works."),
        ("The 24h line.", "24 hours a day"),
        ("1. Open it.\n2. Click it.", "Open it, then click it."),
        ("See https://shop.example/page/7 for it.", "See the page."),
        ("There are two ways, and you may take one.", "Both ways work."),
    ],
)
def test_a_figure_stands_there_however_it_is_written(statement: str, text: str) -> None:
    assert missing(statement, text) == []


@pytest.mark.parametrize(
    ("statement", "text", "figures"),
    [
        ("It takes ten days.", "It takes five days.", ["ten"]),
        ("It takes 14 days.", "It takes five days.", ["14"]),
        ("On 6 March 2024.", "2024-03-05", ["6"]),
        ("On 5 April.", "On 5 March.", ["April"]),
        ("iOS 17.3", "iOS 17.2", ["17.3"]),
        ("Error E32.", "Error E31.", ["E32"]),
        ("It costs 4.90 €.", "It costs 9.40 €.", ["4.90"]),
        ("At 6 pm.", "At 17:00.", ["6 pm"]),
        ("Dauert zwei Wochen.", "Dauert eine Woche.", ["zwei"]),
    ],
)
def test_a_figure_that_stands_nowhere_is_found(
    statement: str, text: str, figures: list[str]
) -> None:
    assert missing(statement, text) == figures
