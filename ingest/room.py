"""Keep what is held in memory within bounds."""

import asyncio


class Room:
    """So many bytes that may be held at a time; one asks for some after another."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._freed = asyncio.Event()
        self.held = 0

    async def share(self, size: int) -> "Share":
        """Wait until so much is free; what is larger than all of it waits until all is."""
        while self.held and self.held + size > self._most:
            self._freed.clear()
            await self._freed.wait()
        return Share(self, size)

    def change(self, by: int) -> None:
        """Count so much more, or less."""
        self.held += by
        if by < 0:
            self._freed.set()


class Share:
    """What one thing takes of a room."""

    def __init__(self, room: Room, size: int) -> None:
        self._room = room
        self._size = 0
        self.become(size)

    def become(self, size: int) -> None:
        """Take so much from now on, once it is known; 0 gives it back."""
        self._room.change(size - self._size)
        self._size = size
