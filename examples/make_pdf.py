"""Write the example's PDF pages: `python examples/make_pdf.py examples/shop`.

The smallest PDF that is real: two pages, three fonts, no images, the same bytes each time.
"""

from marked import write

STYLES = {"#": ("F2", 20, 30), "##": ("F2", 14, 24), "": ("F1", 10.5, 15)}
"""Mark at the beginning of a line: font, size and line height in points."""
ENGLISH = (
    """# Warranty and repairs

Valid from 1 April 2026. This sheet comes with every Hazel & Rye product.

## What we promise

Bags, rucksacks and belts carry a warranty of ten years. Tents, sleeping bags
and cookware carry a warranty of five years. Boots, clothing and dog coats carry
a warranty of two years.

The warranty begins on the day of purchase and passes on to a new owner, as
long as the receipt is there.

## What it covers

Faults of material and workmanship: seams that open, buckles and zips that break,
frames that bend, coatings that peel off.

It does not cover wear of soles and straps, cuts and burns, dam-
age by washing machines, and anything that was repaired by others.

## How to claim

Send three photographs and the order number to repairs@hazel-and-rye.example.
You hear from us within two working days. We repair first, replace where we cannot
repair, and refund where we cannot replace.""",
    """## The repair service

We also repair what the warranty does not cover, and bags of other makers if they
are made of canvas or leather.

Zip replaced: £22. Buckle replaced: £8. Strap replaced: £26.
Seam sewn: £12. Patch on canvas: £15. New sole for boots: £48.

Repairs take ten working days from the day the parcel reaches us. In Novem-
ber and December allow fifteen.

Sending it to us costs nothing within the United Kingdom; sending it back
costs £3.95, whatever its size.

Every repair is guaranteed for twelve months.

## Spare parts

Buckles, sternum straps and tent pegs can be ordered by e-mail for up to fifteen
years after a product was last sold.""",
)
GERMAN = (
    """# Garantie und Reparatur

Gültig ab 1. April 2026. Dieses Blatt liegt jedem Produkt von Hazel & Rye bei.

## Was wir versprechen

Auf Taschen, Rucksäcke und Gürtel geben wir zehn Jahre Garantie. Auf Zelte,
Schlafsäcke und Kochgeschirr geben wir fünf Jahre, auf Stiefel, Kleidung und
Hundemäntel zwei Jahre.

Die Garantie beginnt mit dem Tag des Kaufs und geht auf neue Besitzer über,
solange der Kaufbeleg vorliegt.

## Was sie umfasst

Fehler in Material und Verarbeitung: Nähte, die aufgehen, Schnallen und Reiß-
verschlüsse, die brechen, Gestelle, die sich verbiegen, Beschichtungen, die sich
ablösen.

Nicht umfasst sind die Abnutzung von Sohlen und Riemen, Schnitte und Brandlöcher,
Schäden durch die Waschmaschine und alles, was andere repariert haben.

## So melden Sie einen Schaden

Schicken Sie drei Fotos und die Bestellnummer an repairs@hazel-and-rye.example.
Sie hören innerhalb von zwei Werktagen von uns.""",
    """## Die Werkstatt

Wir reparieren auch, was die Garantie nicht umfasst, und Taschen anderer Hersteller,
wenn sie aus Canvas oder Leder sind.

Reißverschluss ersetzen: 22 £. Schnalle ersetzen: 8 £. Riemen ersetzen: 26 £.
Naht nähen: 12 £. Flicken auf Canvas: 15 £. Neue Sohlen für Stiefel: 48 £.

Eine Reparatur dauert zehn Werktage ab dem Tag, an dem das Paket bei uns ist, im
November und Dezember fünfzehn.

Die Rücksendung nach Deutschland, Österreich und in die Schweiz kostet 8,90 £.

Auf jede Reparatur geben wir zwölf Monate Garantie.""",
)
FRENCH = (
    """# Garantie et réparations

Valable à partir du 1er avril 2026. Cette fiche accompagne chaque produit Hazel & Rye.

## Nos engagements

Les sacs, sacs à dos et ceintures sont garantis dix ans. Les tentes, sacs de couchage
et ustensiles de cuisine sont garantis cinq ans. Les chaussures, les vêtements et
les manteaux pour chien sont garantis deux ans.

La garantie court à partir du jour de l'achat et passe au nouveau propriétaire,
à condition de présenter le reçu.

## Ce qu'elle couvre

Les défauts de matière et de fabrication : coutures qui lâchent, boucles et ferme-
tures éclair qui cassent, armatures qui plient, enductions qui se décollent.

Elle ne couvre ni l'usure des semelles et des sangles, ni les coupures et brûlures,
ni les dégâts dus au lave-linge, ni ce qui a été réparé par d'autres.

## Comment la faire valoir

Envoyez trois photos et le numéro de commande à repairs@hazel-and-rye.example.
Nous vous répondons sous deux jours ouvrés.""",
    """## L'atelier de réparation

Nous réparons aussi ce que la garantie ne couvre pas, ainsi que les sacs d'autres
marques s'ils sont en toile ou en cuir.

Fermeture éclair remplacée : 22 £. Boucle remplacée : 8 £. Sangle remplacée : 26 £.
Couture reprise : 12 £. Pièce sur toile : 15 £. Ressemelage de chaussures : 48 £.

Une réparation prend dix jours ouvrés à partir du jour où le colis nous parvient,
quinze en novembre et en décembre.

Le renvoi vers la France, la Belgique et la Suisse coûte 8,90 £.

Chaque réparation est garantie douze mois.""",
)


def content(page: str) -> bytes:
    """Set one page as a stream of text operators."""
    operators, height = ["BT", "1 0 0 1 64 770 Tm"], 0.0
    for line in page.splitlines():
        mark, _, words = line.partition(" ") if line.startswith("#") else ("", "", line)
        font, size, height = STYLES[mark]
        escaped = words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        operators += [f"0 {-height} Td", f"/{font} {size} Tf", f"({escaped}) Tj"]
    return "\n".join([*operators, "ET"]).encode("cp1252")


def objects(title: str, language: str, pages: tuple[str, ...]) -> list[bytes]:
    """Give the objects of the file; the first is the catalogue, the last its description."""
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /{} /Encoding /WinAnsiEncoding >>"
    first, kids = 5, " ".join(f"{5 + 2 * number} 0 R" for number in range(len(pages)))
    made = [
        f"<< /Type /Catalog /Pages 2 0 R /Lang ({language}) >>".encode(),
        f"<< /Type /Pages /Kids [{kids}] /Count {len(pages)} >>".encode(),
        font.format("Helvetica").encode(),
        font.format("Helvetica-Bold").encode(),
    ]
    for number, page in enumerate(pages):
        stream = content(page)
        made += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font "
            b"<< /F1 3 0 R /F2 4 0 R >> >> /Contents %d 0 R >>" % (first + 2 * number + 1),
            b"<< /Length %d >>\nstream\n%b\nendstream" % (len(stream), stream),
        ]
    made.append(f"<< /Title ({title}) /CreationDate (D:20260401090000Z) >>".encode("latin-1"))
    return made


def written(title: str, language: str, pages: tuple[str, ...]) -> bytes:
    """Put the objects behind each other, with the table that says where each begins."""
    pdf, starts = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    made = objects(title, language, pages)
    for number, thing in enumerate(made, start=1):
        starts.append(len(pdf))
        pdf += b"%d 0 obj\n%b\nendobj\n" % (number, thing)
    table = "".join(f"{start:010} 00000 n \n" for start in starts)
    trailer = f"<< /Size {len(made) + 1} /Root 1 0 R /Info {len(made)} 0 R >>"
    end = f"xref\n0 {len(made) + 1}\n0000000000 65535 f \n{table}trailer\n{trailer}\n"
    return pdf + f"{end}startxref\n{len(pdf)}\n%%EOF\n".encode()


def files() -> dict[str, bytes]:
    return {
        "warranty-and-repairs.pdf": written("Warranty and repairs", "en-GB", ENGLISH),
        "de/garantie-und-reparatur.pdf": written("Garantie und Reparatur", "de-DE", GERMAN),
        "fr/garantie-et-reparations.pdf": written("Garantie et réparations", "fr-FR", FRENCH),
    }


if __name__ == "__main__":
    write(files())
