"""What each kind of router understands of a chat body, beyond OpenAI's own words."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from connectors.model import Json, TenantId

_KEY = 16
"""Bytes of a derived key: OpenAI takes 64 characters at most, and this makes 32."""


class Profile(StrEnum):
    """A kind of router."""

    OPENAI = "openai"
    LITELLM = "litellm"
    OPENROUTER = "openrouter"
    VLLM = "vllm"


@dataclass(frozen=True, slots=True)
class Dialect:
    """What a body for one router may carry beside the model and the messages."""

    profile: Profile = Profile.OPENAI
    marks: bool = False
    """`cache_control` where the shared beginning ends, for models that want it marked."""
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

    def key(self, purpose: str, tenant: TenantId, prefix: str = "") -> str:
        """Derive a name for a tenant's cache that does not tell the tenant."""
        words = "\n".join((purpose, tenant, prefix)).encode()
        return hmac.digest(self.secret, words, hashlib.sha256)[:_KEY].hex()


_DIALECTS = {
    # OpenAI refuses metadata of what it is not asked to store.
    Profile.OPENAI: Dialect(Profile.OPENAI, cache_key=True),
    Profile.LITELLM: Dialect(Profile.LITELLM, marks=True, metadata=True),
    # `provider` is left alone: an order of one's own ends the routing that keeps caches warm.
    Profile.OPENROUTER: Dialect(Profile.OPENROUTER, marks=True, models=True),
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
    if not dialect.marks and isinstance(messages, list):
        kept["messages"] = [_unmarked(message) for message in messages]
    if dialect.cache_salt:
        kept["cache_salt"] = dialect.key("salt", tenant)
    return {**kept, "model": model} if model else kept


def _unmarked(message: Json) -> Json:
    """Join the parts of a content again, without what marks them."""
    parts = message.get("content") if isinstance(message, dict) else None
    if not isinstance(message, dict) or not isinstance(parts, list):
        return message
    texts = [part.get("text") for part in parts if isinstance(part, dict)]
    return {**message, "content": "".join(text for text in texts if isinstance(text, str))}
