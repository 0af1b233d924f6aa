"""Write the example's PDF page: `python examples/make_pdf.py examples/shop`.

The smallest PDF that is real: two pages, three fonts, no images, the same bytes each time.
"""

import sys
from pathlib import Path

TITLE = "Warranty and repairs"
STYLES = {"#": ("F2", 20, 30), "##": ("F2", 14, 24), "": ("F1", 10.5, 15)}
"""Mark at the beginning of a line: font, size and line height in points."""
PAGES = (
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


def content(page: str) -> bytes:
    """Set one page as a stream of text operators."""
    operators, height = ["BT", "1 0 0 1 64 770 Tm"], 0.0
    for line in page.splitlines():
        mark, _, words = line.partition(" ") if line.startswith("#") else ("", "", line)
        font, size, height = STYLES[mark]
        escaped = words.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)")
        operators += [f"0 {-height} Td", f"/{font} {size} Tf", f"({escaped}) Tj"]
    return "\n".join([*operators, "ET"]).encode("cp1252")


def objects() -> list[bytes]:
    """Give the objects of the file; the first is the catalogue, the last its description."""
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /{} /Encoding /WinAnsiEncoding >>"
    first, kids = 5, " ".join(f"{5 + 2 * number} 0 R" for number in range(len(PAGES)))
    made = [
        b"<< /Type /Catalog /Pages 2 0 R /Lang (en-GB) >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {len(PAGES)} >>".encode(),
        font.format("Helvetica").encode(),
        font.format("Helvetica-Bold").encode(),
    ]
    for number, page in enumerate(PAGES):
        stream = content(page)
        made += [
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font "
            b"<< /F1 3 0 R /F2 4 0 R >> >> /Contents %d 0 R >>" % (first + 2 * number + 1),
            b"<< /Length %d >>\nstream\n%b\nendstream" % (len(stream), stream),
        ]
    made.append(f"<< /Title ({TITLE}) /CreationDate (D:20260401090000Z) >>".encode())
    return made


def write_pdf() -> bytes:
    """Put the objects behind each other, with the table that says where each begins."""
    written, starts = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    made = objects()
    for number, thing in enumerate(made, start=1):
        starts.append(len(written))
        written += b"%d 0 obj\n%b\nendobj\n" % (number, thing)
    table = "".join(f"{start:010} 00000 n \n" for start in starts)
    trailer = f"<< /Size {len(made) + 1} /Root 1 0 R /Info {len(made)} 0 R >>"
    end = f"xref\n0 {len(made) + 1}\n0000000000 65535 f \n{table}trailer\n{trailer}\n"
    return written + f"{end}startxref\n{len(written)}\n%%EOF\n".encode()


if __name__ == "__main__":
    (Path(sys.argv[1]) / "warranty-and-repairs.pdf").write_bytes(write_pdf())
