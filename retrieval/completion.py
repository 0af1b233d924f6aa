"""Read what an OpenAI-compatible endpoint answers, whole or in chunks."""

from collections.abc import Mapping

from connectors.model import Json


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
