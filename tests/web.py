"""A web of memory."""

from collections.abc import Mapping

from connectors.errors import FetchError
from connectors.model import Reply


def reply(url: str, content: bytes | str = b"", status: int = 200, **headers: str) -> Reply:
    """Give an answer; headers are written with underscores."""
    body = content.encode() if isinstance(content, str) else content
    return Reply(url, status, {name.replace("_", "-"): v for name, v in headers.items()}, body)


class FakeWeb:
    """Answers what it was given, and 404 for all else; as a Fetcher it keeps what was asked."""

    def __init__(self, *answers: Reply | tuple[str, FetchError]) -> None:
        self._answers: dict[str, Reply | FetchError] = {}
        self.asked: list[str] = []
        for one in answers:
            url, answer = one if isinstance(one, tuple) else (one.url, one)
            self._answers[url] = answer

    async def get(self, url: str, headers: Mapping[str, str]) -> Reply:
        self.asked.append(url)
        answer = self._answers.get(url, reply(url, status=404))
        if isinstance(answer, FetchError):
            raise answer
        return answer

    async def read(self, url: str) -> Reply:
        return await self.get(url, {})
