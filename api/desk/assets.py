"""Style, script and icons: read once, named by their content, kept by browsers for good."""

import gzip
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from starlette.requests import Request
from starlette.responses import Response

import api
from api.errors import NotFound

STATIC = Path(api.__file__).parent / "static"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}
_FOR_GOOD = "public, max-age=31536000, immutable"


@dataclass(frozen=True, slots=True)
class Asset:
    """A file as it is sent."""

    content: bytes
    packed: bytes
    digest: str
    media_type: str


class Assets:
    """The files that pages load, all of them from here."""

    def __init__(self, files: Mapping[str, Asset]) -> None:
        self._files = files

    def url(self, name: str) -> str:
        """Give where a browser finds the file as it is now."""
        return f"/static/{name}?v={self._files[name].digest}"

    def answer(self, request: Request, name: str) -> Response:
        """Send a file; raises NotFound."""
        asset = self._files.get(name)
        if asset is None:
            raise NotFound
        named = request.query_params.get("v") == asset.digest
        headers = {
            "Cache-Control": _FOR_GOOD if named else "no-cache",
            "Vary": "Accept-Encoding",
            "X-Content-Type-Options": "nosniff",
        }
        if "gzip" not in request.headers.get("accept-encoding", ""):
            return Response(asset.content, headers=headers, media_type=asset.media_type)
        packed = headers | {"Content-Encoding": "gzip"}
        return Response(asset.packed, headers=packed, media_type=asset.media_type)


@cache
def load_assets() -> Assets:
    """Read what lies in `api/static`, once for all: it is part of the program."""
    found = {}
    for path in sorted(STATIC.iterdir()):
        if kind := _TYPES.get(path.suffix):
            content = path.read_bytes()
            digest = hashlib.sha256(content).hexdigest()[:12]
            found[path.name] = Asset(content, gzip.compress(content, 6, mtime=0), digest, kind)
    return Assets(found)
