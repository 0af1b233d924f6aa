"""Write the example's e-books: `python examples/make_epub.py examples/shop`."""

from html import escape
from itertools import groupby

from marked import Part, parts_of, write, zipped

COLLAR = """# Fitting and charging

This is the manual of the Drover GPS collar, model DR-310. The collar shows in the app where your
dog is. It fits dogs from six kilograms on, with a neck of 28 to 56 centimetres.

1. Charge the collar for three hours before you first use it.
1. Fit it so that two fingers go under it and the case sits on top.
1. Scan the code on its inside with the app.

One charge lasts for five days, or for nine hours of live search. The collar weighs 38 grams and
survives half an hour a metre under water.

# Finding your dog

On an ordinary day the collar reports every ten minutes. Press Search, and it reports every ten
seconds. You can draw up to ten safe zones; when the dog leaves one, a message comes at once.

Without a mobile network the collar keeps its track for twelve hours and sends it later.

# Error codes

| Code | What it means | What to do |
| GC-04 | No satellites in view | Go outdoors and wait for five minutes |
| GC-11 | The SIM card is not active | Check the subscription in the app |
| GC-23 | The battery is too cold or too warm | Charge it between 0 and 45 degrees only |
| GC-31 | The update was broken off | Put the collar on its charger and start again |
| GC-42 | Water on the charging contacts | Dry them with a cloth and wait for two hours |

If a code comes back three times in a week, send us the collar: it is covered by a warranty of two
years.

# Subscription

The collar needs a subscription: £4 a month or £36 a year. You can end it with any month. It holds
in the United Kingdom, Switzerland and all countries of the European Union. Positions are deleted
after 90 days.
"""

STOVE = """# Avant d'allumer

Voici la notice du réchaud Tarn 2, modèle TS-220, à partir du numéro de série 26000.

- N'utilisez le réchaud qu'en plein air. Dans une tente, il peut tuer.
- N'utilisez que des cartouches à visser conformes à la norme EN 417.
- Posez-le sur un sol plat, à un bras de distance de tout ce qui peut brûler.

# Allumer

1. Vissez la cartouche à la main, jamais avec un outil.
1. Ouvrez le robinet d'un demi-tour et attendez deux secondes.
1. Appuyez sur l'allumeur, trois secondes au plus.
1. Attendez dix secondes avant de réduire la flamme.

# Codes d'erreur

Le voyant de l'allumeur clignote une fois par minute tant que la cause demeure. Pour effacer le
code, appuyez cinq secondes sur l'allumeur.

| Code | Signification | Que faire |
| E01 | La pile de l'allumeur est faible | Mettre une pile AAA neuve |
| E03 | Pression de gaz insuffisante | Réchauffer la cartouche entre les mains ou la changer |
| E04 | Le vent a éteint la flamme | Installer le pare-vent et attendre une minute |
| E07 | Le réchaud penche de plus de 12 degrés | Trouver un sol plat ; le robinet reste fermé |
| E09 | Le robinet est trop chaud | Retirer la casserole et laisser refroidir 15 minutes |
| E12 | La cartouche n'est pas étanche | La dévisser, contrôler le joint et recommencer |
| E20 | Panne de l'allumeur | Ne plus l'utiliser et écrire à l'atelier |

# Entretien

Brossez le brûleur à froid. Une fois par an, dévissez le gicleur avec la clé fournie et soufflez
dedans ; n'y enfoncez jamais d'aiguille. Le gicleur de rechange porte la référence HR-5221.
"""

CONTAINER = """<?xml version="1.0" encoding="UTF-8"?>
<container xmlns="urn:oasis:names:tc:opendocument:xmlns:container" version="1.0">
<rootfiles><rootfile full-path="book.opf" media-type="application/oebps-package+xml"/></rootfiles>
</container>"""


def element(part: Part) -> str:
    if part.mark == "|":
        rows = [
            "".join(f"<{tag}>{escape(cell)}</{tag}>" for cell in row)
            for tag, row in zip(["th"] + ["td"] * len(part.rows), part.rows, strict=False)
        ]
        return "<table>" + "".join(f"<tr>{row}</tr>" for row in rows) + "</table>"
    tag = {"#": "h1", "##": "h2", "": "p"}.get(part.mark, "li")
    return f"<{tag}>{escape(part.text)}</{tag}>"


def markup(parts: list[Part]) -> str:
    """Write parts one after the other, those of a list in one list."""
    written = []
    for mark, group in groupby(parts, key=lambda part: part.mark):
        tag = {"-": "ul", "1.": "ol"}.get(mark, "")
        within = "\n".join(map(element, group))
        written.append(f"<{tag}>\n{within}\n</{tag}>" if tag else within)
    return "\n".join(written)


def page(title: str, language: str, body: str) -> bytes:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<html xmlns="http://www.w3.org/1999/xhtml" '
        f'xmlns:epub="http://www.idpf.org/2007/ops" lang="{language}" xml:lang="{language}">'
        f"<head><title>{escape(title)}</title></head><body>\n{body}\n</body></html>\n"
    ).encode()


def chapters_of(text: str) -> list[list[Part]]:
    chapters: list[list[Part]] = []
    for part in parts_of(text):
        if part.mark == "#":
            chapters.append([])
        chapters[-1].append(part)
    return chapters


def package(title: str, language: str, changed: str, count: int) -> bytes:
    kind = 'media-type="application/xhtml+xml"'
    items = "".join(f'<item id="c{n}" href="c{n}.xhtml" {kind}/>' for n in range(count))
    spine = "".join(f'<itemref idref="c{n}"/>' for n in range(count))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<package xmlns="http://www.idpf.org/2007/opf" '
        'version="3.0" unique-identifier="id"><metadata xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f'<dc:identifier id="id">urn:hazel-and-rye:{language}:{changed[:10]}</dc:identifier>'
        f"<dc:title>{escape(title)}</dc:title><dc:language>{language}</dc:language>"
        f'<dc:date>{changed[:10]}</dc:date><meta property="dcterms:modified">{changed}</meta>'
        f'</metadata><manifest><item id="nav" href="nav.xhtml" {kind} properties="nav"/>{items}'
        f"</manifest><spine>{spine}</spine></package>"
    ).encode()


def written(title: str, language: str, changed: str, text: str) -> bytes:
    chapters = chapters_of(text)
    links = "".join(
        f'<li><a href="c{n}.xhtml">{escape(chapter[0].text)}</a></li>'
        for n, chapter in enumerate(chapters)
    )
    contents = f'<nav epub:type="toc"><ol>{links}</ol></nav>'
    return zipped(
        {
            "mimetype": b"application/epub+zip",
            "META-INF/container.xml": CONTAINER.encode(),
            "book.opf": package(title, language, changed, len(chapters)),
            "nav.xhtml": page(title, language, contents),
        }
        | {
            f"c{n}.xhtml": page(chapter[0].text, language, markup(chapter))
            for n, chapter in enumerate(chapters)
        }
    )


def files() -> dict[str, bytes]:
    return {
        "manuals/drover-collar.epub": written(
            "Drover GPS collar: manual", "en-GB", "2026-04-20T10:00:00Z", COLLAR
        ),
        "fr/rechaud-tarn-2.epub": written(
            "Réchaud Tarn 2 : notice", "fr-FR", "2026-02-16T10:00:00Z", STOVE
        ),
    }


if __name__ == "__main__":
    write(files())
