"""Write the example's workbooks: `python examples/make_xlsx.py examples/shop`."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from io import BytesIO

import openpyxl
from marked import unzipped, write, zipped

Sheets = dict[str, Sequence[Sequence[str | float]]]

TRADE: Sheets = {
    "Trade prices 2026": [
        ("Item", "Product", "Pack of", "Trade price (GBP)", "Recommended price (GBP)"),
        ("HR-1018", "Aire 18 rucksack", 2, 49.5, 99),
        ("HR-1024", "Calder 24 rucksack", 2, 67.5, 135),
        ("HR-1030", "Ryburn 30 rucksack", 2, 74.5, 149),
        ("HR-1045", "Colne 45 rucksack", 1, 104.5, 209),
        ("HR-1060", "Pennine 60 rucksack", 1, 124.5, 249),
        ("HR-1990", "Rain cover, 18 to 40 litres", 6, 7, 14),
        ("HR-2202", "Tarn 2 camping stove", 4, 44.5, 89),
        ("HR-2310", "Drover GPS collar", 4, 59.5, 119),
        ("HR-2475", "Wharfe 0.75 l bottle", 6, 9, 18),
        ("HR-3002", "Malham 2 tent", 1, 164.5, 329),
        ("HR-4001", "Plant wax, tin of 100 g", 12, 5.5, 11),
    ],
    "Terms": [
        ("Subject", "Rule"),
        ("First order", "At least £400, paid in advance"),
        ("Reorders", "At least £150, payable within 45 days of the invoice"),
        ("Carriage", "£12 a parcel within the United Kingdom, free from £500"),
        ("Discount for volume", "5% from £2,000, 8% from £5,000 an order"),
        ("Leaves the mill", "Within five working days, from 1 October to 15 December within eight"),
        ("Returns", "Only what is faulty; unsold stock is not taken back"),
        ("Late payment", "2% a month, and no deliveries until it is settled"),
    ],
}

SPARES: Sheets = {
    "Ersatzteile": [
        ("Teilenummer", "Ersatzteil", "Passt zu", "Preis (GBP)"),
        ("HR-5021", "Steckschnalle 25 mm", "Aire 18, Calder 24", 4.5),
        ("HR-5038", "Steckschnalle 38 mm", "Ryburn 30, Colne 45, Pennine 60", 5.5),
        ("HR-5044", "Brustgurt mit Pfeife", "alle Rucksäcke", 7),
        ("HR-5060", "Hüftgurt, gepolstert", "Colne 45, Pennine 60", 29),
        ("HR-5110", "Hering aus Aluminium, sechs Stück", "alle Zelte", 9),
        ("HR-5118", "Zeltstange kurz, blaue Enden", "Malham 2", 16),
        ("HR-5119", "Zeltstange lang, rote Enden", "Malham 2", 21),
        ("HR-5221", "Gasdüse mit Schlüssel", "Tarn 2", 6),
        ("HR-5307", "Ladekabel mit Magnetkontakt", "Drover", 12),
        ("HR-5475", "Schraubverschluss, ab Los W26-039", "Wharfe 0,75 l", 4),
    ],
    "Bestellen": [
        ("Frage", "Antwort"),
        ("Wie bestelle ich?", "E-Mail mit Teilenummer an repairs@hazel-and-rye.example"),
        ("Was kostet der Versand?", "2,50 £ als Brief, ab 25 £ Warenwert nichts"),
        ("Wie lange dauert es?", "Sechs bis acht Werktage nach Deutschland und Österreich"),
        ("Wie lange gibt es Teile?", "Bis zu fünfzehn Jahre nach dem letzten Verkauf"),
        ("Bauen Sie das Teil auch ein?", "Ja, in der Werkstatt in Hebden Bridge, ab 8 £"),
    ],
}


def written(title: str, sheets: Sheets, changed: datetime) -> bytes:
    book = openpyxl.Workbook()
    book.remove(book.active)
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(row)
    book.properties.title, book.properties.creator = title, "Hazel & Rye"
    book.properties.created = changed.replace(tzinfo=None)
    saved = BytesIO()
    book.save(saved)
    return zipped(_dated(unzipped(saved.getvalue()), changed))


def _dated(members: dict[str, bytes], changed: datetime) -> dict[str, bytes]:
    """Undo that openpyxl writes the time of saving."""
    core = "docProps/core.xml"
    date = changed.strftime("%Y-%m-%dT%H:%M:%SZ").encode()
    return members | {
        core: re.sub(rb"(<dcterms:modified[^>]*>)[^<]*", rb"\g<1>" + date, members[core])
    }


def files() -> dict[str, bytes]:
    return {
        "trade/price-list.xlsx": written(
            "Trade price list 2026", TRADE, datetime(2026, 1, 12, 9, tzinfo=UTC)
        ),
        "de/ersatzteile.xlsx": written(
            "Ersatzteile und Preise", SPARES, datetime(2026, 6, 8, 9, tzinfo=UTC)
        ),
    }


if __name__ == "__main__":
    write(files())
