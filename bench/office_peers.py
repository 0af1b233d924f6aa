"""What others make of the same files: run by `bench.office`, by the Python that has the peer.

    python bench/office_peers.py unstructured|markitdown FILES OUT

FILES is a JSON list of paths; OUT gets `{path: [text, [heading, …]]}`, an error as its text.
"""

import json
import os
import sys
from collections.abc import Callable, Iterable
from itertools import chain
from pathlib import Path
from typing import Any

os.environ.update(DO_NOT_TRACK="1", SCARF_NO_ANALYTICS="1", UNSTRUCTURED_DISABLE_NOTICE="1")

Reader = Callable[[str], tuple[str, list[str]]]


def main() -> None:
    """Read every file, whatever becomes of the others."""
    peer, files, out = sys.argv[1:]
    readers: dict[str, Callable[[], Reader]] = {
        "unstructured": _unstructured,
        "markitdown": _markitdown,
    }
    read = readers[peer]()
    found: dict[str, Any] = {}
    for path in json.loads(Path(files).read_text()):
        try:
            found[path] = read(path)
        except Exception as error:
            found[path] = None
            print(f"{peer}: {Path(path).name}: {type(error).__name__}: {error}"[:200])
    Path(out).write_text(json.dumps(found))


def _unstructured() -> Reader:
    import spacy
    import unstructured.nlp.tokenize as tokenize

    pipeline = spacy.blank("en")
    pipeline.add_pipe("sentencizer")
    tokenize._load_spacy_model = lambda: pipeline
    from unstructured.partition.csv import partition_csv
    from unstructured.partition.docx import partition_docx
    from unstructured.partition.email import partition_email
    from unstructured.partition.epub import partition_epub
    from unstructured.partition.msg import partition_msg
    from unstructured.partition.odt import partition_odt
    from unstructured.partition.pptx import partition_pptx
    from unstructured.partition.rtf import partition_rtf
    from unstructured.partition.xlsx import partition_xlsx

    partitions: dict[str, Callable[..., Iterable[Any]]] = {
        ".csv": partition_csv,
        ".docx": partition_docx,
        ".eml": partition_email,
        ".epub": partition_epub,
        ".msg": partition_msg,
        ".odt": partition_odt,
        ".pptx": partition_pptx,
        ".rtf": partition_rtf,
        ".xlsx": partition_xlsx,
    }

    def read(path: str) -> tuple[str, list[str]]:
        elements = list(partitions[Path(path).suffix](filename=path, languages=[""]))
        titles = [element.text for element in elements if element.category == "Title"]
        return "\n".join(element.text for element in elements), titles

    return read


def _markitdown() -> Reader:
    from markitdown import MarkItDown

    reader = MarkItDown()

    def read(path: str) -> tuple[str, list[str]]:
        text = str(reader.convert(path).text_content)
        headings = [line.lstrip("# ") for line in text.splitlines() if line.startswith("#")]
        return text, list(chain(headings))

    return read


if __name__ == "__main__":
    main()
