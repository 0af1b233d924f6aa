"""Write the example's RTF pages: `python examples/make_rtf.py examples/shop`."""

from datetime import date

from marked import Part, parts_of, write

PRESS = """# Press information

Last changed on 3 August 2026. You may quote everything on this sheet.

## Who we are

Hazel & Rye makes bags and outdoor goods that can be repaired. Edith and Tom Greenwood founded the
firm in 2009 in a disused worsted mill in Hebden Bridge, West Yorkshire. It has belonged to its
employees since 2021.

## In figures

- 64 people work for us: 41 in the mill, 14 in the shops, nine from home.
- In 2025 we repaired 11,400 things, 2,100 of them made by others.
- Four in five bags are sold in the United Kingdom, most others in Germany and France.
- Turnover in the year to March 2026 was £7.8 million.

## Photographs

Pictures for print are at press.hazel-and-rye.example. They are free for editorial use; name the
photographer, Priya Nair.

## Samples for reviews

We lend a sample for four weeks and pay for both parcels. We do not pay for reviews, and do not see
them before they appear.

## Contact

Gwen Ashworth, press@hazel-and-rye.example, answers on working days before 4 pm.
"""

PRIVACY = """# Protection des données

Version du 2 avril 2026. Hazel & Rye Ltd, Valley Mill, Hebden Bridge, est responsable du traitement
de vos données.

## Ce que nous conservons, et combien de temps

- Commandes et factures : six ans, comme la loi l'exige.
- Conversations et courriels : 18 mois.
- Appels enregistrés : 60 jours, et seulement avec votre accord.
- Positions d'un collier Drover : 90 jours.
- Photos d'une réparation : douze mois.

## Qui d'autre les voit

Le transporteur reçoit votre nom, votre adresse et votre numéro de téléphone. Le prestataire de
paiement reçoit ce que vous saisissez dans son formulaire ; nous ne voyons jamais votre numéro de
carte.

## Cookies

Un cookie garde votre panier et un autre votre connexion. Nous n'en utilisons aucun pour la
publicité.

## Vos droits

Vous pouvez demander quelles données nous avons sur vous, les faire corriger, transférer ou effacer.
Écrivez à privacy@hazel-and-rye.example : nous répondons dans un délai d'un mois. Vous pouvez aussi
saisir la CNIL.
"""

LOOKS = {
    "#": r"\pard\outlinelevel0\sa240\b\fs36 {}\b0\fs22\par",
    "##": r"\pard\outlinelevel1\sb240\sa120\b\fs28 {}\b0\fs22\par",
    "-": r"{{\pard\ls1\ilvl0\fi-360\li720 {}\par}}",
    "": r"\pard\sa120 {}\par",
}
LISTS = (
    r"{\*\listtable{\list\listtemplateid1{\listlevel\levelnfc23\levelstartat1\levelfollow0"
    r"{\leveltext\'01\u8226 ?;}{\levelnumbers;}\fi-360\li720}\listid1}}"
    r"{\*\listoverridetable{\listoverride\listid1\listoverridecount0\ls1}}"
)


def escaped(text: str) -> str:
    """Write text in ASCII; what is not in it as its byte in Windows' code page, as Word does."""
    for sign in "\\{}":
        text = text.replace(sign, "\\" + sign)
    return "".join(sign if sign.isascii() else f"\\'{sign.encode('cp1252').hex()}" for sign in text)


def line(part: Part) -> str:
    return LOOKS[part.mark].format(escaped(part.text))


def written(page: str, changed: date) -> bytes:
    parts = list(parts_of(page))
    moment = f"\\yr{changed.year}\\mo{changed.month}\\dy{changed.day}"
    head = [
        r"{\rtf1\ansi\ansicpg1252\deff0{\fonttbl{\f0\fswiss Helvetica;}}",
        LISTS,
        f"{{\\info{{\\title {escaped(parts[0].text)}}}{{\\revtim{moment}}}}}",
        r"\f0\fs22",
    ]
    return "\n".join([*head, *map(line, parts), "}", ""]).encode("ascii")


def files() -> dict[str, bytes]:
    return {
        "press.rtf": written(PRESS, date(2026, 8, 3)),
        "fr/confidentialite.rtf": written(PRIVACY, date(2026, 4, 2)),
    }


if __name__ == "__main__":
    write(files())
