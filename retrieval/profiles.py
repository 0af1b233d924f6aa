"""What each kind of router understands of a chat body, beyond OpenAI's own words."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from connectors.model import Json, TenantId
from retrieval.model import CacheKind, ModelFacts

_OPENAI = "openai"
_HOUR_S = 3_600
_KEY = 16
"""Bytes of a derived key: OpenAI takes 64 characters at most, and this makes 32."""


class Profile(StrEnum):
    """A kind of router."""

    OPENAI = "openai"
    LITELLM = "litellm"
    OPENROUTER = "openrouter"
    VLLM = "vllm"


class Mark(StrEnum):
    """By which field the end of a shared beginning is marked."""

    CACHE_CONTROL = "cache_control"
    BREAKPOINT = "prompt_cache_breakpoint"
    """OpenAI's own, from GPT-5.6 on: without it only the whole prompt is kept."""


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a body for one router may carry beside the model and the messages."""

    profile: Profile = Profile.OPENAI
    marks: Mark | None = None
    """What stands where the shared beginning ends, for models that want it marked."""
    cache_key: bool = False
    """`prompt_cache_key`, for vendors that route by it."""
    cache_salt: bool = False
    """`cache_salt`, which keeps the cached prefixes of tenants apart."""
    models: bool = False
    """`models`, to be tried in turn."""
    metadata: bool = False
    """`metadata`, whose values are strings."""
    tags: bool = False
    """`tags`, by which deployments are chosen."""
    secret: bytes = field(default=b"", repr=False)
    """What keys are derived with, so that nobody can tell the tenant from them."""

    def mark(self, model: ModelFacts) -> Mapping[str, Json] | None:
        """Give what marks an end for this model; None where nothing is marked."""
        if model.caching.kind is not CacheKind.MARKED or self.marks is None:
            return None
        own = model.provider == _OPENAI
        if self.marks is Mark.BREAKPOINT:
            return {self.marks.value: {"mode": "explicit"}} if own else None
        if own and self.profile is Profile.LITELLM:
            return None  # it takes the mark away before it asks OpenAI
        lasting = {"ttl": "1h"} if model.caching.ttl_s >= _HOUR_S else {}
        return {self.marks.value: {"type": "ephemeral", **lasting}}

    def key(self, purpose: str, tenant: TenantId, prefix: str = "") -> str:
        """Derive a name for a tenant's cache that does not tell the tenant."""
        words = "\n".join((purpose, tenant, prefix)).encode()
        return hmac.digest(self.secret, words, hashlib.sha256)[:_KEY].hex()


_DIALECTS = {
    # OpenAI refuses metadata of what it is not asked to store.
    Profile.OPENAI: Dialect(Profile.OPENAI, marks=Mark.BREAKPOINT, cache_key=True),
    Profile.LITELLM: Dialect(Profile.LITELLM, marks=Mark.CACHE_CONTROL, metadata=True),
    # `provider` is left alone: an order of one's own ends the routing that keeps caches warm.
    Profile.OPENROUTER: Dialect(Profile.OPENROUTER, marks=Mark.CACHE_CONTROL, models=True),
    Profile.VLLM: Dialect(Profile.VLLM, cache_salt=True),
}
_OF_THE_FIRST = frozenset({"prompt_cache_key", "cache_salt", "models"})
"""What means something only where the body was sent first."""


def dialect_of(profile: Profile, *, secret: bytes, tags: bool = False) -> Dialect:
    """Say what a router of this kind takes.

    `tags` is for a LiteLLM proxy alone: with its tag filter on, it refuses a tag that no
    deployment carries.
    """
    return replace(_DIALECTS[profile], secret=secret, tags=tags and profile is Profile.LITELLM)


def fitted(
    body: Mapping[str, Json], dialect: Dialect, tenant: TenantId, model: str | None
) -> dict[str, Json]:
    """Rewrite a body that was made for one router so that another understands it.

    What only the first understands is left out; `model` is asked for in place of its own.
    """
    understood = {"metadata": dialect.metadata, "tags": dialect.tags}
    kept = {
        name: value
        for name, value in body.items()
        if understood.get(name, name not in _OF_THE_FIRST)
    }
    messages = body.get("messages")
    if isinstance(messages, list):
        kept["messages"] = [_understood(message, dialect) for message in messages]
    if dialect.cache_salt:
        kept["cache_salt"] = dialect.key("salt", tenant)
    return {**kept, "model": model} if model else kept


def _understood(message: Json, dialect: Dialect) -> Json:
    """Join the parts of a content again where what marks them means nothing."""
    parts = message.get("content") if isinstance(message, dict) else None
    if not isinstance(message, dict) or not isinstance(parts, list):
        return message
    # OpenAI's own is refused for its older models, and another model may be asked for here.
    if dialect.marks is Mark.CACHE_CONTROL and all(
        isinstance(part, dict) and Mark.BREAKPOINT not in part for part in parts
    ):
        return message
    texts = [part.get("text") for part in parts if isinstance(part, dict)]
    return {**message, "content": "".join(text for text in texts if isinstance(text, str))}
