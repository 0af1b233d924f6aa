"""Make unstructured ready to be used without a network; it is imported here alone.

Whoever imports this file pays for spaCy: about two seconds and 150 MiB, once in a child.
"""

from functools import cache

import spacy
import unstructured.nlp.tokenize as tokenize
from spacy.language import Language
from unstructured.partition.docx import partition_docx as partition_docx
from unstructured.partition.pptx import partition_pptx as partition_pptx

UNTOLD = [""]
"""The languages that unstructured is to take for told: it would guess them, at random."""


@cache
def stay_offline() -> None:
    """Give unstructured a pipeline without a model, in place of the one that it downloads.

    It finds sentences and words; what needs grammar (is this line a title?) it cannot say,
    so that only what follows from a style may be believed.
    """
    pipeline = spacy.blank("en")
    pipeline.add_pipe("sentencizer")

    def load() -> Language:
        return pipeline

    tokenize._load_spacy_model = load
