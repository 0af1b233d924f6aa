"""What each kind of router understands of a chat body, beyond OpenAI's own words."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from connectors.model import Json, TenantId
from retrieval.errors import RouterMissing

_KEY = 16
"""Bytes of a derived key: OpenAI takes 64 characters at most, and this makes 32."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a body for one kind of router may carry beside the model and the messages."""

    name: str
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


_PROFILES = {
    profile.name: profile
    for profile in (
        # OpenAI refuses metadata of what it is not asked to store.
        Profile("openai", cache_key=True),
        Profile("litellm", marks=True, metadata=True),
        # `provider` is left alone: an order of one's own ends the routing that keeps caches warm.
        Profile("openrouter", marks=True, models=True),
        Profile("vllm", cache_salt=True),
    )
}
PROFILES = tuple(_PROFILES)
"""Names for `PUNNET_ROUTER_PROFILE`."""


def profile_of(name: str, *, secret: bytes, metadata: bool = False, tags: bool = False) -> Profile:
    """Give the profile of this name; raises RouterMissing for a name that there is none of.

    `metadata` lets a router have it whose profile does not say so. `tags` is for a LiteLLM
    proxy alone: with its tag filter on, it refuses a tag that no deployment carries.
    """
    known = _PROFILES.get(name)
    if known is None:
        raise RouterMissing(f"PUNNET_ROUTER_PROFILE is one of {', '.join(PROFILES)}, not {name!r}")
    return replace(
        known,
        secret=secret,
        metadata=known.metadata or metadata,
        tags=tags and known.name == "litellm",
    )


def fitted(body: Mapping[str, Json], profile: Profile, model: str | None) -> dict[str, Json]:
    """Rewrite a body that was made for one router so that another understands it.

    What only the first understood is left out: `model` is asked for in place of its own.
    """
    allowed = {
        "prompt_cache_key": profile.cache_key,
        "cache_salt": profile.cache_salt,
        "models": profile.models and model is None,
        "metadata": profile.metadata,
        "tags": profile.tags,
    }
    kept = {name: value for name, value in body.items() if allowed.get(name, True)}
    messages = body.get("messages")
    if not profile.marks and isinstance(messages, list):
        kept["messages"] = [_unmarked(message) for message in messages]
    return {**kept, "model": model} if model else kept


def _unmarked(message: Json) -> Json:
    """Join the parts of a content again, without what marks them."""
    parts = message.get("content") if isinstance(message, dict) else None
    if not isinstance(message, dict) or not isinstance(parts, list):
        return message
    texts = [part.get("text") for part in parts if isinstance(part, dict)]
    return {**message, "content": "".join(text for text in texts if isinstance(text, str))}
