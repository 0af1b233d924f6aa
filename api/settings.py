"""What the operator decides: PUNNET_* variables over one TOML file over defaults."""

import os
import tomllib
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, HttpUrl, SecretStr, TypeAdapter, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from api.home import chosen_home
from connectors.endpoints import Endpoints
from connectors.errors import SettingsInvalid
from connectors.settings import did_you_mean
from retrieval.profiles import Profile

PREFIX = "PUNNET_"
FILE_NAME = "punnet.toml"
OF_COMMANDS = frozenset({"URL", "KEY"})
"""What the command line reads beside the settings, without the prefix."""
_VENDORS = Endpoints()


class Settings(BaseSettings):
    """Every decision of the operator, read once at the start by `load_settings`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="forbid", env_ignore_empty=True
    )

    home: Path
    """Where the embedded mode keeps everything."""
    host: str = "127.0.0.1"
    port: int = Field(default=8321, ge=0, le=65_535)
    """0 takes a free one."""
    ledger_url: SecretStr = Field(
        default_factory=lambda read: SecretStr(f"sqlite+aiosqlite:///{read['home'] / 'ledger.db'}")
    )
    """SQLite or Postgres; a secret, because the URL may hold a password."""
    qdrant_url: str | None = None
    """A Qdrant server; None: Qdrant Edge in the home."""
    qdrant_api_key: SecretStr | None = None
    pepper: SecretStr | None = None
    """Keys are digested with it; None: one in the home. Machines that share a ledger share it."""
    credentials_key: SecretStr | None = None
    """Sources' secrets are sealed under it: 32 bytes in base64, older ones behind it with commas
    between; None: those in the home. Machines that share a ledger share it."""
    public_url: str | None = None
    """How people and vendors reach us; None: where we listen."""

    model: str = "all-MiniLM-L6-v2"
    models_dir: Path = Field(default_factory=lambda read: read["home"] / "models")
    embed_url: str | None = None
    """An OpenAI-compatible embeddings endpoint; None: the model runs here."""
    embed_key: SecretStr | None = None
    embed_model: str | None = None
    embed_dimension: int | None = Field(default=None, ge=1, le=65_536)
    """The length of that model's vectors; needed with `embed_url`."""
    embed_max_tokens: int = Field(default=512, ge=32, le=32_768)
    embed_query_prompt: str | None = None
    """Put before questions, such as "query: ", where the server does not do it."""
    embed_passage_prompt: str | None = None
    embed_languages: Annotated[tuple[str, ...], NoDecode] = ()
    """Languages that the model serves (`en,de`); empty: as measured when it was built."""
    model_device: str | None = None
    """Run the original by sentence-transformers there: cuda, mps, cpu; None: the export."""
    reranker: str | None = None
    """A cross-encoder that `punnet model build --reranker` built; None: the fused order stands."""
    worker_threads: int = Field(default=2, ge=1, le=256)
    runs_at_once: int = Field(default=4, ge=1, le=64)
    """Sources that a worker syncs side by side: most of the time they wait for the network."""

    router_url: str | None = None
    """An OpenAI-compatible chat endpoint; without one `/v1/context` still serves."""
    router_key: SecretStr | None = None
    router_model: str | None = None
    router_profile: Profile = Profile.OPENAI
    """What the router understands beside plain OpenAI."""
    router_tags: bool = False
    """Tell a LiteLLM proxy the tier as a tag; with its tag filter on, each needs a deployment."""
    router_fallback_url: str | None = None
    """Asked when the router cannot be reached, or refuses, before the first byte of an answer."""
    router_fallback_key: SecretStr | None = None
    router_fallback_profile: Profile = Profile.OPENAI
    router_fallback_model: str | None = None
    """None: the same model."""
    hint_models: Annotated[tuple[str, ...], NoDecode] = ()
    """Models between which the router may choose (`a,b`): plans say what each would cost."""
    max_cost_usd: float = Field(default=0.10, gt=0, le=100)
    """What a prompt may cost where the request does not say."""
    answer_value_usd: float = Field(default=1.00, gt=0, le=10_000)
    """What a question that is answered rightly is worth: it weighs evidence against money."""
    wait_cost_usd: float = Field(default=0.002, ge=0, le=100)
    """What each second until the first token costs, beyond the first `wait_patience_s`."""
    wait_patience_s: float = Field(default=3.0, ge=0, le=600)
    snippet_tokens: int = Field(default=16_000, ge=100, le=1_000_000)
    """The most that the retrieved passages of a prompt may take; plans mostly take less."""
    strict_tokens: int = Field(default=16_000, ge=100, le=10_000_000)
    """The longest prompt where every statement must be cited."""
    prices: Path | None = None
    """Windows and prices that go before those of the catalogue."""
    evidence_threshold: float | None = Field(default=None, ge=0, le=1)
    """Below this probability that the knowledge answers, a person is called; None: as measured."""
    calibration: Path = Field(default_factory=lambda read: read["home"] / "calibration.json")
    """What `punnet eval fit` found; where there is none, the estimate is as shipped."""

    upload_max_bytes: int = Field(default=100_000_000, ge=1, le=2**31)
    max_document_mb: int = Field(default=100, ge=1, le=2_048)
    """Documents beyond are refused with a reason; every parse has limits of memory and time."""
    file_roots: Annotated[tuple[Path, ...], NoDecode] = ()
    """`files` sources may read only below these (`:` between them); empty: everywhere for the
    operator's own tenant, nowhere for the others."""
    youtube: bool = False
    """Whether `youtube` sources may be: captions come by an undocumented interface of YouTube's,
    which its terms of service may not allow you to use."""
    notion_url: str = _VENDORS.notion
    google_url: str = _VENDORS.google
    google_token_url: str = _VENDORS.google_token
    google_consent_url: str = _VENDORS.google_consent
    youtube_url: str = _VENDORS.youtube
    """Vendors' addresses; others are for gateways and tests."""
    max_requests_per_second: float | None = Field(default=None, gt=0, le=10_000)
    """What all sources of a worker ask together; None: what each may for itself."""
    reconcile_hours: float = Field(default=24, ge=0, le=8_760)
    """How often each source's part of the index is held against the ledger, beside the times when
    there is a reason; 0: only then."""
    check_links: bool = False
    """Whether links that lead out of the knowledge are asked, once a week, if they still lead
    anywhere."""
    judge: Literal["router"] | None = None
    """Who reads contradictions before they are raised: the router's model, or None: nobody."""
    keep_queries_days: int = Field(default=30, ge=0, le=3_650)
    """How long questions are kept; 0 keeps none."""
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    log_format: Literal["auto", "json", "console"] = "auto"
    """`auto` writes for people on a terminal and JSON elsewhere."""

    @field_validator(
        *("public_url", "notion_url", "google_url", "google_token_url", "google_consent_url"),
        "youtube_url",
    )
    @classmethod
    def _address(cls, written: str | None) -> str | None:
        if written is not None:
            TypeAdapter(HttpUrl).validate_python(written)
        return written and written.rstrip("/")

    @field_validator("hint_models", mode="before")
    @classmethod
    def _names(cls, names: object) -> object:
        listed = names.split(",") if isinstance(names, str) else names
        if not isinstance(listed, (list, tuple)):
            return listed
        return tuple(filter(None, (str(name).strip() for name in listed)))

    @field_validator("embed_languages", mode="before")
    @classmethod
    def _codes(cls, codes: object) -> object:
        listed = codes.split(",") if isinstance(codes, str) else codes
        if not isinstance(listed, (list, tuple)):
            return listed
        return tuple(filter(None, (str(code).strip().lower() for code in listed)))

    @field_validator("file_roots", mode="before")
    @classmethod
    def _split(cls, roots: object) -> object:
        return tuple(filter(None, roots.split(os.pathsep))) if isinstance(roots, str) else roots


def load_settings(home: Path | None = None) -> Settings:
    """Read the settings of a home; raises SettingsInvalid, naming what to mend and where."""
    chosen = chosen_home(home)
    written = _from_file(chosen / FILE_NAME)
    overruled = {name for name in written if os.environ.get(PREFIX + name.upper())}
    kept = {name: value for name, value in written.items() if name not in overruled}
    try:
        return Settings(**{**kept, "home": chosen})
    except ValidationError as error:
        raise SettingsInvalid(_mends(error, set(kept), chosen / FILE_NAME)) from error


def stray_variables() -> tuple[str, ...]:
    """Say of each PUNNET_* variable that nothing reads which name may have been meant."""
    known = {name.upper() for name in Settings.model_fields} | OF_COMMANDS
    ours = sorted(name.removeprefix(PREFIX) for name in os.environ if name.startswith(PREFIX))
    return tuple(
        f"{PREFIX}{name} is not a setting{did_you_mean(name, known, PREFIX)}"
        for name in ours
        if name not in known
    )


def _from_file(path: Path) -> dict[str, Any]:
    try:
        written = tomllib.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsInvalid(
            f"{path} cannot be read: {error}. Mend it or move it away."
        ) from error
    known = Settings.model_fields.keys() - {"home"}
    if unknown := sorted(written.keys() - known):
        raise SettingsInvalid(
            f"{path} holds what is not a setting: {', '.join(unknown)}. "
            f"Settings are: {', '.join(sorted(known))}."
        )
    return written


def _mends(error: ValidationError, from_file: set[str], path: Path) -> str:
    """Say for every wrong setting where it stands and what is wrong, never what it holds."""
    lines = []
    for one in error.errors(include_url=False, include_input=False, include_context=False):
        if one["type"] == "default_factory_not_called":
            continue  # it only follows from another
        name = str(one["loc"][0])
        place = f"{name} in {path}" if name in from_file else PREFIX + name.upper()
        lines.append(f"{place}: {one['msg']}")
    return "; ".join(lines)
