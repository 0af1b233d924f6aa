"""Write the example's Word pages: `python examples/make_docx.py examples/shop`."""

from datetime import UTC, datetime
from io import BytesIO

import docx
from docx.document import Document
from marked import Part, parts_of, unzipped, write, zipped

STOVE = """# Tarn 2 camping stove: manual

Model TS-220, from serial number 26000 on. Keep this manual: the lamp on the igniter blinks codes,
and they are explained here.

## Before you light it

- Use the stove outdoors only. In a tent it can kill you.
- Use screw-on gas cartridges to EN 417 and nothing else.
- Stand it on level ground, an arm's length away from anything that burns.

## Lighting

1. Turn the cartridge in by hand until it is tight; never use a tool.
1. Open the valve half a turn and wait for two seconds.
1. Press the igniter until the flame burns, for three seconds at most.
1. Wait for ten seconds before you turn the flame down.

## What the lamp says

The lamp blinks the code once a minute until the cause is gone. Press the igniter for five seconds
to clear it.

| Code | What it means | What to do |
| E01 | The battery of the igniter is weak | Put in a new AAA battery |
| E03 | Too little gas pressure | Warm the cartridge in your hands, or change it |
| E04 | The wind blew the flame out | Put up the wind shield and wait for one minute |
| E07 | It leans more than 12 degrees | Find level ground; until then the valve stays closed |
| E09 | The valve has become too hot | Let it cool for 15 minutes without the pot |
| E12 | The cartridge is not tight | Unscrew it, check the rubber ring and start again |
| E20 | Fault in the igniter | Do not use it any more and write to repairs |

## Cleaning

Brush the burner when it is cold. Once a year unscrew the jet with the key from the bag and blow
through it; never push a needle in, it widens the hole. Spare jets have the number HR-5221.

## Technical data

| What | Value |
| Output | 3.2 kW |
| One litre of water boils in | 3 minutes 40 seconds |
| Weight without cartridge | 412 g |
| A cartridge of 230 g lasts for | 75 minutes |
"""

COLLAR = """# Drover-Ortungshalsband: Anleitung

Modell DR-310. Das Halsband zeigt in der App, wo Ihr Hund ist. Es passt Hunden ab sechs Kilogramm
mit einem Halsumfang von 28 bis 56 Zentimetern.

## Laden und anlegen

1. Laden Sie das Halsband vor dem ersten Gebrauch drei Stunden lang auf.
1. Legen Sie es so an, dass zwei Finger darunter passen und das Gehäuse oben sitzt.
1. Scannen Sie mit der App den Code auf der Innenseite.

Eine Ladung reicht für fünf Tage, bei Suche in Echtzeit für neun Stunden.

## Den Hund finden

Im Alltag meldet das Halsband den Ort alle zehn Minuten. Tippen Sie auf „Suchen“, dann meldet es ihn
alle zehn Sekunden. Sie können bis zu zehn sichere Zonen anlegen; verlässt der Hund eine, bekommen
Sie sofort eine Nachricht.

## Fehlercodes in der App

| Code | Bedeutung | Abhilfe |
| GC-04 | Kein Satellitenempfang | Ins Freie gehen und fünf Minuten warten |
| GC-11 | Die SIM-Karte ist nicht aktiv | Das Abonnement in der App prüfen |
| GC-23 | Der Akku ist zu kalt oder zu warm | Nur zwischen 0 und 45 Grad laden |
| GC-31 | Die Aktualisierung wurde unterbrochen | Halsband aufs Ladegerät legen und neu starten |
| GC-42 | Wasser an den Ladekontakten | Mit einem Tuch trocknen und zwei Stunden warten |

## Abonnement

Das Halsband braucht ein Abonnement: 4 £ im Monat oder 36 £ im Jahr. Sie können es zum Ende jedes
Monats kündigen. Es gilt in allen Ländern der Europäischen Union, in der Schweiz und in
Großbritannien.
"""

STYLES = {"#": "Title", "##": "Heading 1", "-": "List Bullet", "1.": "List Number", "": "Normal"}


def set_table(document: Document, part: Part) -> None:
    table = document.add_table(rows=0, cols=len(part.rows[0]), style="Table Grid")
    for row in part.rows:
        for cell, text in zip(table.add_row().cells, row, strict=True):
            cell.text = text


def written(page: str, language: str, changed: datetime) -> bytes:
    """Set a page in Word's own styles."""
    document = docx.Document()
    for part in parts_of(page):
        if part.mark == "|":
            set_table(document, part)
        else:
            document.add_paragraph(part.text, STYLES[part.mark])
    facts = document.core_properties
    facts.title, facts.author, facts.comments = next(parts_of(page)).text, "Hazel & Rye", ""
    facts.language, facts.created, facts.modified = language, changed, changed
    saved = BytesIO()
    document.save(saved)
    return zipped(unzipped(saved.getvalue()))


def files() -> dict[str, bytes]:
    return {
        "manuals/tarn-2-stove.docx": written(STOVE, "en-GB", datetime(2026, 2, 9, 10, tzinfo=UTC)),
        "de/drover-ortungshalsband.docx": written(
            COLLAR, "de-DE", datetime(2026, 4, 22, 10, tzinfo=UTC)
        ),
    }


if __name__ == "__main__":
    write(files())
