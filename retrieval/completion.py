"""Read what an OpenAI-compatible endpoint answers, whole or in chunks."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from connectors.model import Json

_DATED = re.compile(r"-\d{4}-\d{2}-\d{2}\Z|[-@]\d{8}\Z|-\d{4}\Z|[-:]latest\Z")


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens as a provider counted them."""

    prompt: int
    reply: int = 0
    cached: int | None = None
    """Of the prompt, those read from a cache; None where the provider does not say."""


def usage_of(answer: Mapping[str, Json]) -> Usage | None:
    """Read the usage of a completion, or of the last chunk of a stream, in any vendor's words."""
    usage = answer.get("usage")
    if not isinstance(usage, dict):
        return None
    prompt, reply = _tokens(usage, "prompt_tokens"), _tokens(usage, "completion_tokens")
    return None if prompt is None else Usage(prompt, reply or 0, _cached(usage))


def model_of(answer: Mapping[str, Json]) -> str:
    """Name the model that the router says to have answered; "" where it does not say."""
    model = answer.get("model")
    return model if isinstance(model, str) else ""


def same_model(asked: str, served: str) -> bool:
    """Say whether a router served what was asked, but for its vendor's prefix and its date."""
    return not served or _undated(asked) == _undated(served)


def text_of(answer: Mapping[str, Json], part: str) -> str:
    """Read the text of the first choice; `part` is `message`, or `delta` in a stream."""
    choices = answer.get("choices")
    first = choices[0] if isinstance(choices, list) and choices else None
    message = first.get(part) if isinstance(first, dict) else None
    content = message.get("content") if isinstance(message, dict) else None
    return content if isinstance(content, str) else ""


def finishes(chunk: Mapping[str, Json]) -> bool:
    """Say whether a chunk tells why its choice ended; only numbers may come after it."""
    choices = chunk.get("choices")
    return isinstance(choices, list) and any(
        isinstance(choice, dict) and choice.get("finish_reason") for choice in choices
    )


def _undated(model: str) -> str:
    return _DATED.sub("", model.rpartition("/")[2].casefold())


def _cached(usage: Mapping[str, Json]) -> int | None:
    """OpenAI, Anthropic and DeepSeek each have a name for it; ours is the first."""
    details = usage.get("prompt_tokens_details")
    told = (
        _tokens(usage, "cached_tokens"),
        _tokens(details, "cached_tokens") if isinstance(details, dict) else None,
        _tokens(usage, "cache_read_input_tokens"),
        _tokens(usage, "prompt_cache_hit_tokens"),
    )
    return max((count for count in told if count is not None), default=None)


def _tokens(usage: Mapping[str, Json], name: str) -> int | None:
    count = usage.get(name)
    return count if isinstance(count, int) and not isinstance(count, bool) and count >= 0 else None
