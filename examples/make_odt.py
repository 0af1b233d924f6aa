"""Write the example's OpenDocument pages: `python examples/make_odt.py examples/shop`."""

from html import escape
from itertools import groupby

from marked import Part, parts_of, write, zipped

RECYCLING = """# Recycling and taking back

What you no longer need is what we make the next thing of. This page says what we take back.

## Worn-out bags and rucksacks

Send us any Hazel & Rye bag, in whatever state it is. The label is free within the United Kingdom;
ask for it under Your orders. You get 250 Rye Points as soon as the bag has arrived. We take only
our own bags: others have coatings that we cannot separate.

## What becomes of them

- Four bags in ten are mended and sold again as Second Ground, with three years of warranty.
- Canvas that is still strong becomes pouches and patches.
- Buckles and zips go to the spare-part shelf.
- The rest is shredded for the filling of dog beds. Nothing is burnt.

## Batteries

The battery of a Drover collar must not go into the bin or the post. Bring the collar to one of our
shops or to any collection point for electrical goods.

## Gas cartridges

Empty cartridges are scrap metal, but only when they are really empty: let the stove burn until it
goes out, then pierce the cartridge outdoors. Never send us one by post, empty or not.

## Packaging

| What it is | Where it goes |
| Paper bag and box | Waste paper |
| Tape on the box | Waste paper, it is made of paper too |
| Bag of starch around tents | Compost, gone in about twelve weeks |
"""

LEATHER = """# Lederpflege

So bleiben Gürtel und die Lederriemen der Reihen Calder und Aire geschmeidig. Unser Leder ist
pflanzlich gegerbt; mit den Jahren wird es dunkler, das ist so gewollt.

## Zweimal im Jahr

1. Wischen Sie den Staub mit einem trockenen Tuch ab.
1. Tragen Sie eine haselnussgroße Menge Lederbalsam auf und verreiben Sie ihn in kleinen Kreisen.
1. Lassen Sie ihn über Nacht einziehen.
1. Polieren Sie mit einer weichen Bürste nach.

## Wenn das Leder nass geworden ist

Lassen Sie es bei Zimmertemperatur trocknen, nie auf der Heizung und nie in der Sonne. Danach
braucht es Balsam, sonst wird es brüchig.

## Flecken

| Fleck | Was hilft |
| Fett | Kreidepulver, einen Tag einwirken lassen, abbürsten |
| Kugelschreiber | Nichts; bitte nicht reiben, wir färben den Riemen für 14 £ nach |
| Wasserränder | Das ganze Stück gleichmäßig befeuchten und langsam trocknen lassen |
| Schimmel | Mit verdünntem Essig abwischen, gut lüften, dann Balsam |

## Was schadet

Schuhcreme, Babyöl und Wachs verstopfen die Poren. Auch unser Pflanzenwachs ist nur für
Canvas gedacht.
"""

SPACES = "".join(
    f' xmlns:{short}="urn:oasis:names:tc:opendocument:xmlns:{short}:1.0"'
    for short in ("office", "style", "text", "table", "manifest")
) + ' xmlns:dc="http://purl.org/dc/elements/1.1/"'  # fmt: skip
LISTS = (
    '<text:list-style style:name="Points">'
    '<text:list-level-style-bullet text:level="1" text:bullet-char="•"/></text:list-style>'
    '<text:list-style style:name="Steps"><text:list-level-style-number text:level="1" '
    'style:num-format="1" style:num-suffix="."/></text:list-style>'
)
ODT = "application/vnd.oasis.opendocument.text"


def element(part: Part) -> str:
    text = f"<text:p>{escape(part.text)}</text:p>"
    if part.mark in ("#", "##"):
        level = len(part.mark)
        return f'<text:h text:outline-level="{level}">{escape(part.text)}</text:h>'
    if part.mark in ("-", "1."):
        return f"<text:list-item>{text}</text:list-item>"
    return table(part.rows) if part.mark == "|" else text


def table(rows: tuple[tuple[str, ...], ...]) -> str:
    def row(cells: tuple[str, ...]) -> str:
        within = "".join(
            f"<table:table-cell><text:p>{escape(cell)}</text:p></table:table-cell>"
            for cell in cells
        )
        return f"<table:table-row>{within}</table:table-row>"

    header = f"<table:table-header-rows>{row(rows[0])}</table:table-header-rows>"
    column = f'<table:table-column table:number-columns-repeated="{len(rows[0])}"/>'
    return f"<table:table>{column}{header}{''.join(map(row, rows[1:]))}</table:table>"


def body_of(parts: list[Part]) -> str:
    """Set parts one after the other, those of a list in one list."""
    body = ""
    for mark, group in groupby(parts, key=lambda part: part.mark):
        style = {"-": "Points", "1.": "Steps"}.get(mark)
        within = "".join(map(element, group))
        body += f'<text:list text:style-name="{style}">{within}</text:list>' if style else within
    return body


def root(name: str, within: str) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<{name}{SPACES} office:version="1.3">'
        f"{within}</{name}>"
    ).encode()


def written(page: str, language: str, changed: str) -> bytes:
    """Put together the parts that an OpenDocument text needs."""
    parts = list(parts_of(page))
    content = (
        f"<office:automatic-styles>{LISTS}</office:automatic-styles>"
        f"<office:body><office:text>{body_of(parts)}</office:text></office:body>"
    )
    meta = (
        f"<office:meta><dc:title>{escape(parts[0].text)}</dc:title><dc:date>{changed}</dc:date>"
        f"<dc:language>{language}</dc:language></office:meta>"
    )
    listed = "".join(
        f'<manifest:file-entry manifest:full-path="{path}" manifest:media-type="{kind}"/>'
        for path, kind in (
            ("/", ODT), ("content.xml", "text/xml"), ("meta.xml", "text/xml"),
            ("styles.xml", "text/xml"),
        )
    )  # fmt: skip
    return zipped(
        {
            "mimetype": ODT.encode(),
            "META-INF/manifest.xml": root("manifest:manifest", listed).replace(
                b"office:version", b"manifest:version"
            ),
            "content.xml": root("office:document-content", content),
            "meta.xml": root("office:document-meta", meta),
            "styles.xml": root("office:document-styles", "<office:styles/>"),
        }
    )


def files() -> dict[str, bytes]:
    return {
        "recycling.odt": written(RECYCLING, "en-GB", "2026-04-27T10:00:00"),
        "de/lederpflege.odt": written(LEATHER, "de-DE", "2026-02-18T10:00:00"),
    }


if __name__ == "__main__":
    write(files())
