"""Read from class names and ids what an element is meant to be."""

import re
from enum import IntEnum
from functools import lru_cache

from ingest.parse.html_tree import words_in


class Meant(IntEnum):
    """What a name says of an element."""

    NOTHING = 0
    NOISE = 1
    """Left out wherever it stands."""
    MARGIN = 2
    """Left out unless the page marked what it stands in as its main content."""
    FURNITURE = 3
    """Left out if it also looks so: mostly links, or hardly a sentence."""
    COMMENTS = 4
    """What readers wrote below an article."""
    AUTHOR = 5
    """A box about the author."""
    BYLINE = 6
    """Who wrote it, and what a picture shows: left out of an article."""
    OFFER = 7
    """An overlay, an offer or a footer: left out around an article, even with sentences."""


_NOISE = words_in(
    "breadcrumb breadcrumbs consent cookie cookies gdpr headerlink navbar navfooter navheader "
    "navigation onetrust pagination pager share sharedaddy sharing sharebar skiplink "
    "permalink linenos noprint editsection toctoggle"
)
_MARGIN = words_in(
    "ad ads advert aside advertisement footer masthead menu nav newsletter promo "
    "recirc recommended related sidebar sidebars social sponsor subscribe topbar"
)
_FURNITURE = words_in(
    "ad ads advert advertisement advertising breadcrumb breadcrumbs byline donate donation "
    "feedback footer masthead navbar newsletter outbrain pagination paywall popular popup "
    "postmeta promo promoted promotion rating ratings recirc recommendation recommendations "
    "recommended related share sharedaddy sharing sidebar signup social sponsor sponsored "
    "sponsors subscribe subscription taboola tagcloud taglist tags trending vote yarpp "
    "anzeige werbung publicidad publicite teilen compartir partager relacionadas relacionados "
    "verwandte likes postmetadata licence license"
)
_OFFER = words_in(
    "cookie cookies donate donation footer freemium gdpr interstitial lightbox login modal "
    "newsletter overlay paywall popup registration signup subscribe subscription "
    "abo cta disclaimer disclosure spenden suscripcion"
)
_WEAK = words_in(
    "ad ads banner cart copyright courtesy credit credits login meta metadata nav navigation "
    "print survey toolbar widget widgets"
)
"""Furniture only in the company of words that say nothing: an event's `meta` is its address."""
_COMMENTS = words_in(
    "comment comments commentlist commentform disqus nocomments respond kommentar kommentare "
    "comentario comentarios commentaire commentaires commenti komentarze"
)
_AUTHOR = words_in("author authors autor autoren auteur autore bio biography")
_CAPTION = words_in("caption captions bildunterschrift legend")
_AUTHOR_BOX = words_in(
    "about avatar bio biography block box card description detail details image info information "
    "profile section widget"
)
_GENERIC = words_in(
    "area articles banner bar block bottom box button buttons c container content desktop "
    "entry global header icons img info inner item items js left links list m main mobile modal "
    "notice outer overlay page popup post posts primary right secondary section single site sub "
    "the title top widget widgets wrap wrapper"
)
"""Words that say nothing beside one that does: `site-footer`, but not `for-update-share`."""
_ABOUT_COMMENTS = _GENERIC | words_in(
    "article form closed collapsible count disabled module open reply thread view"
)
_ARTICLE = words_in("article blog image news photo picture story")
_STATES = words_in("category has is layout no tag with without")
"""First words of names that tell of what is within, or of the whole page."""
_MOST_WORDS = 6
_WORD = re.compile(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])")


def words_of(label: str) -> list[str]:
    """Give the words of a name, written with hyphens, underscores or humps."""
    return [word.lower() for word in _WORD.findall(label)]


@lru_cache(maxsize=4096)
def meant_by_classes(label: str) -> frozenset[Meant]:
    """Say what class names mean; those made of words like noise only look like it."""
    return frozenset(map(_meant_by_class, label.split()))


def _meant_by_class(label: str) -> Meant:
    meant = meant_by_id(label)
    words = words_of(label)
    if meant not in {Meant.NOTHING, Meant.MARGIN} or len(words) > _MOST_WORDS or not words:
        return meant
    if words[0] in _STATES:
        return meant
    found = set(words)
    if found & _OFFER:
        return Meant.OFFER
    return meant or _looked_like(found)


def _looked_like(words: set[str]) -> Meant:
    if words & _FURNITURE or (words & _WEAK and words <= _WEAK | _GENERIC | _ARTICLE):
        return Meant.FURNITURE
    if words & _AUTHOR and _is_author_box(words):
        return Meant.AUTHOR
    return Meant.BYLINE if words & (_AUTHOR | _CAPTION) else Meant.NOTHING


@lru_cache(maxsize=4096)
def meant_by_id(label: str) -> Meant:
    """Say what an id means; ids are often made of headings, so every word must agree."""
    words = set(words_of(label))
    if words & _NOISE and words <= _NOISE | _MARGIN | _GENERIC:
        return Meant.NOISE
    if words & _MARGIN and words <= _MARGIN | _GENERIC:
        return Meant.MARGIN
    if words & _COMMENTS and words <= _COMMENTS | _ABOUT_COMMENTS:
        return Meant.COMMENTS
    if words & _AUTHOR and words <= _AUTHOR | _AUTHOR_BOX | _GENERIC and _is_author_box(words):
        return Meant.AUTHOR
    return Meant.NOTHING


def _is_author_box(words: set[str]) -> bool:
    return bool(words & _AUTHOR_BOX) and (len(words) > 1 or "biography" in words)
