"""Whether the examples for agents' libraries work: each against a live server, in its own place.

    python -m bench.agents [LIBRARY ...] [--envs DIR]

Installs each library into an environment of its own (kept for the next time), serves the
example knowledge base and has `bench/agents_check.py` hold what the library retrieves against
what the API answers.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

from bench.figures import show
from bench.serving import Served, serving

ROOT = Path(__file__).resolve().parent.parent
LIBRARIES = {
    "langchain": "langchain-core==1.7.2",
    "llamaindex": "llama-index-core==0.14.25",
    "haystack": "haystack-ai==3.4.0",
}
QUESTIONS = ("How long do refunds take?", "Can I change my order?", "Wie lange dauert der Versand?")


def main() -> None:
    """Check the libraries named, or all."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("libraries", nargs="*", help=", ".join(LIBRARIES))
    parser.add_argument("--envs", type=Path, default=Path("~/.cache/punnet-agents").expanduser())
    chosen = parser.parse_args()
    names = chosen.libraries or list(LIBRARIES)
    home = Path(tempfile.mkdtemp(prefix="punnet-agents-")) / "home"
    with serving(home) as served:
        shop = str(ROOT / "examples" / "shop")
        source = {"kind": "files", "name": "Shop", "settings": {"path": shop}}
        served.sync(served.post("/v1/sources", source)["id"])
        key = served.post("/v1/keys", {"name": "agent", "scopes": ["read"]})["key"]
        rows = [_checked(name, chosen.envs / name, served, key) for name in names]
    show("Agents: each example against a live server", rows)
    sys.exit(any(row["failed"] for row in rows))


def _checked(name: str, env: Path, served: Served, key: str) -> dict[str, object]:
    """Run one library's checks in its environment and give what they said."""
    python = _environment(env, LIBRARIES[name])
    expected = {question: served.search(question, limit=5) for question in QUESTIONS}
    told = {"url": str(served.http.base_url), "questions": expected}
    ran = subprocess.run(
        [python, ROOT / "bench" / "agents_check.py", name, ROOT / "examples" / "agents"],
        input=json.dumps(told),
        env={**os.environ, "PUNNET_KEY": key, "HAYSTACK_TELEMETRY_ENABLED": "False"},
        text=True,
        capture_output=True,
        check=False,
    )
    if ran.returncode:
        print(ran.stderr[-2000:], file=sys.stderr)
    passed = ran.stdout.split("\n")[:-1]
    return {
        "library": LIBRARIES[name],
        "passed": len(passed),
        "failed": int(ran.returncode != 0),
        "checks": ", ".join(passed),
    }


def _environment(env: Path, library: str) -> Path:
    uv, python = Path(sys.executable).with_name("uv"), env / "bin" / "python"
    if not python.exists():
        subprocess.run([uv, "venv", "--quiet", env], check=True)
    subprocess.run(
        [uv, "pip", "install", "--quiet", "--python", python, library, "httpx"], check=True
    )
    return python


if __name__ == "__main__":
    main()
