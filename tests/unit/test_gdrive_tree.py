"""What is kept of where documents of Drive lie."""

from connectors.gdrive_tree import read_all
from connectors.model import KnownDocument


def test_documents_of_one_folder_share_where_they_lie() -> None:
    paths = ("books/gear", "/".join(("books", "gear")), "")
    known = {
        ref: KnownDocument(ref, "1", "", {"path": path})
        for ref, path in zip("abc", paths, strict=True)
    }
    found = read_all(known)
    assert found == {"a": ("books", "gear"), "b": ("books", "gear"), "c": ()}
    assert found["a"] is found["b"]
