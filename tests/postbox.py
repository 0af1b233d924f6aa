"""Addresses that are told what happens."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from connectors.errors import FetchFailed
from ingest.notices.model import Posted


@dataclass
class Postbox:
    """Takes notices, or does what it was told to do instead."""

    answers: list[int | None] = field(default_factory=list)
    """Statuses to come, None for no answer; 204 after them."""
    got: list[tuple[str, Mapping[str, str], bytes]] = field(default_factory=list)

    async def post(
        self, url: str, headers: Mapping[str, str], body: bytes, *, private: bool
    ) -> Posted:
        status = self.answers.pop(0) if self.answers else 204
        if status is None:
            raise FetchFailed("nobody is there")
        self.got.append((url, headers, body))
        return Posted(status)
