"""Write the example's slides: `python examples/make_pptx.py examples/shop`.

The first slide of a deck is its title; below each other one stand its points and, behind `Notes:`,
what the speaker says.
"""

from datetime import UTC, datetime
from io import BytesIO

import pptx
from marked import parts_of, unzipped, write, zipped
from pptx.presentation import Presentation

ENGLISH = """# Selling Hazel & Rye in your shop

For retail partners, spring 2026

## Who can become a partner

- A shop with a street door and regular opening hours
- Registered for VAT, or its equal in your country
- No sales on marketplaces such as Amazon or eBay

Notes: People ask why we exclude marketplaces. Our ten-year warranty needs to know who sold the bag,
and there we cannot tell. A partner's own online shop is welcome.

## How to join

- Send the form with two photographs of your shop to trade@hazel-and-rye.example
- You hear from us within five working days
- The sample box costs £60, credited against your first order

Notes: We turn down about one application in three, mostly because a partner in the same postcode
district is there already. There is only ever one partner in a district.

## What you get from us

- A display stand of ash wood with the first order from £1,500
- A day of training for two people in Hebden Bridge
- Photographs and texts that you may use as long as you are a partner
- Repairs under warranty at no cost to you: send the customer to us

Notes: Lunch and the workshop tour are included in the training day; travel is not. The next days
are 12 May and 22 September 2026.

## What we expect

- At least six products of the range, always in stock
- Prices are yours to set; our recommended prices are not binding
- Reorders once a quarter at the least

Notes: Whoever has not reordered for nine months gets a letter, and leaves the programme after
twelve. Tell them early, nobody likes surprises.
"""

FRENCH = """# Vendre Hazel & Rye dans votre boutique

Pour nos partenaires en France et en Belgique, printemps 2026

## Qui peut devenir partenaire

- Une boutique qui a pignon sur rue et des horaires réguliers
- Un numéro de TVA intracommunautaire
- Aucune vente sur des places de marché comme Amazon ou eBay

Notes: On nous demande souvent pourquoi. Notre garantie de dix ans exige de savoir qui a vendu le
sac, ce qui est impossible sur une place de marché.

## Comment nous rejoindre

- Envoyez le formulaire et deux photos de votre boutique à trade@hazel-and-rye.example
- Nous vous répondons sous cinq jours ouvrés
- Le coffret d'échantillons coûte 60 £, déduits de votre première commande

Notes: Nous n'acceptons qu'un seul partenaire par arrondissement à Paris, Lyon et Marseille, et un
seul par commune ailleurs.

## Ce que nous vous offrons

- Un présentoir en frêne dès 1 500 £ de première commande
- Une journée de formation à Lille pour deux personnes
- Des photos et des textes libres de droits tant que vous êtes partenaire

Notes: La prochaine formation à Lille a lieu le 6 octobre 2026. Le déjeuner est compris, le voyage
ne l'est pas.
"""

TITLE, POINTS = 0, 1
"""Layouts of the library's own template."""


def slides_of(page: str) -> list[list[str]]:
    """Give heading and points of each slide."""
    slides: list[list[str]] = []
    for part in parts_of(page):
        if part.mark.startswith("#"):
            slides.append([part.text])
        else:
            slides[-1].append(part.text)
    return slides


def set_slide(deck: Presentation, texts: list[str]) -> None:
    layout = deck.slide_layouts[POINTS if len(deck.slides) else TITLE]
    slide = deck.slides.add_slide(layout)
    heading, body = slide.shapes.title, slide.placeholders[1].text_frame
    heading.text = texts[0]
    body.text = "\n".join(text for text in texts[1:] if not text.startswith("Notes:"))
    for text in texts[1:]:
        if text.startswith("Notes:"):
            slide.notes_slide.notes_text_frame.text = text.removeprefix("Notes:").strip()


def written(page: str, language: str, changed: datetime) -> bytes:
    deck = pptx.Presentation()
    for texts in slides_of(page):
        set_slide(deck, texts)
    facts = deck.core_properties
    facts.title, facts.author, facts.language = slides_of(page)[0][0], "Hazel & Rye", language
    facts.last_modified_by, facts.created, facts.modified = "Hazel & Rye", changed, changed
    saved = BytesIO()
    deck.save(saved)
    return zipped(unzipped(saved.getvalue()))


def files() -> dict[str, bytes]:
    return {
        "trade/partners.pptx": written(ENGLISH, "en-GB", datetime(2026, 3, 16, 10, tzinfo=UTC)),
        "fr/partenaires.pptx": written(FRENCH, "fr-FR", datetime(2026, 3, 27, 10, tzinfo=UTC)),
    }


if __name__ == "__main__":
    write(files())
