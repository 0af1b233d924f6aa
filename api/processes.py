"""What the processes run: `python -m api.processes serve|work`.

Each imports its own part alone, so that none carries another's weight.
"""

import asyncio
import os
import signal
import socket
import sys
from typing import TYPE_CHECKING

from api.child import CANNOT_START

if TYPE_CHECKING:
    from api.settings import Settings

LISTEN = "PUNNET_LISTEN_FD"
"""Names the descriptor of the socket that the supervisor listens on."""
GRACE_SECONDS = 3
"""How long answers that are under way may take once the API is asked to end."""


async def serve(settings: "Settings", listener: socket.socket) -> None:
    """Answer on the socket until asked to end."""
    import uvicorn

    from api.app import create_app
    from api.bootstrap import open_services

    async with open_services(settings) as services:
        app = create_app(services, settings)
        # Beside the start: who looks first finds the desk's pages ready, and nobody waits for it.
        warming = asyncio.create_task(asyncio.to_thread(app.state.desk.warm))
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="on",
            server_header=False,
            timeout_graceful_shutdown=GRACE_SECONDS,
        )
        await uvicorn.Server(config).serve(sockets=[listener])
        await warming


async def work(settings: "Settings") -> None:
    """Sync what is due and what was asked for until asked to end."""
    from api.working import run_worker

    await run_worker(settings, _stop_when_asked())


async def schedule(settings: "Settings") -> None:
    """Note what is due, for workers elsewhere to do, until asked to end."""
    from api.working import run_scheduler

    await run_scheduler(settings, _stop_when_asked())


def _stop_when_asked() -> asyncio.Event:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop


def inherited_listener() -> socket.socket:
    """Give the socket that the supervisor handed down."""
    return socket.socket(fileno=int(os.environ.pop(LISTEN)))


def main() -> int:
    """Run one process of the embedded mode with the settings of its home; give its status."""
    from api.settings import load_settings
    from api.telemetry import configure_logging
    from connectors.errors import ConnectorError
    from ingest.errors import IngestError
    from retrieval.errors import RetrievalError

    try:
        settings = load_settings()
        configure_logging(settings.log_level, settings.log_format, sys.stderr)
        if sys.argv[1] == "serve":
            import uvloop

            # An answer changes threads often, which this loop does in less time.
            uvloop.run(serve(settings, inherited_listener()))
        else:
            asyncio.run(work(settings))
    except (ConnectorError, IngestError, RetrievalError) as error:
        sys.stderr.write(f"{error}\n")
        return CANNOT_START
    return 0


if __name__ == "__main__":
    sys.exit(main())
