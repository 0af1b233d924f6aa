"""An empty ledger: a process migrates one, and whoever needs one gets a copy."""

import asyncio
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from ingest.adapters.ledger import migrate


async def lay_ledger(file: Path) -> str:
    """Give the URL of the ledger there, empty where there was none."""
    if not file.exists():
        file.write_bytes(await asyncio.to_thread(_blank))
    return f"sqlite+aiosqlite:///{file}"


@cache
def _blank() -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "ledger.db"
        asyncio.run(migrate(f"sqlite+aiosqlite:///{file}"))
        return file.read_bytes()
