"""Serve a small channel on the loopback address, so that the documentation can be followed."""

import argparse
import asyncio

from tests.hostile_server import HostileServer
from tests.vendors.youtube import HANDLE, KEY, FakeYouTube


async def serve(port: int) -> None:
    fake = FakeYouTube()
    fake.put("returns-101", "You can return boots within thirty days.", title="Returns")
    fake.put("sizes-00102", "Order one size larger if you wear thick socks.", title="Sizes")
    fake.put("repairs-103", "We repair soles for free in the first year.", title="Repairs")
    server = HostileServer({})
    server.otherwise = fake
    listening = await asyncio.start_server(server._connected, "127.0.0.1", port)
    print(f"YouTube of sorts: http://127.0.0.1:{port}, channel {HANDLE}, API key {KEY}")  # noqa: T201
    async with listening:
        await listening.serve_forever()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=9303)
    asyncio.run(serve(parser.parse_args().port))
