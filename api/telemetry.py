"""What the operator sees: logs without secrets or questions, and metrics without tenants."""

import logging
import math
import re
from collections.abc import Callable, Mapping, MutableMapping
from typing import Any, TextIO

import structlog
from prometheus_client import CollectorRegistry, Gauge, Histogram, generate_latest
from structlog.typing import FilteringBoundLogger, Processor

from ingest.reading import Totals

Observe = Callable[[str, float], None]
"""Notes that a stage of that name took so many seconds."""

_FAST = (0.001, 0.0025, 0.005, 0.01, 0.015, 0.025, 0.04, 0.075, 0.15, 0.3, 1, 3, 10, 30)
_KEY = re.compile(r"pn_([0-9a-z]+)_[\w-]{16,}")
_BEARER = re.compile(r"(?i)(bearer|basic)\s+[\w.~+/=-]{8,}")
_NEVER = frozenset(
    {
        *("api_key", "authorization", "credentials", "key", "password", "pepper", "query"),
        *("refresh_token", "secret", "text", "token", "verification_token"),
    }
)
"""Names under which a careless line might carry a secret or somebody's question."""

_SHARED: tuple[Processor, ...] = (
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    structlog.processors.StackInfoRenderer(),
)

Event = MutableMapping[str, Any]


# --- logs -------------------------------------------------------------------------


def configure_logging(level: str, style: str, stream: TextIO) -> None:
    """Send every line of this process, and warnings of libraries, to the stream, redacted.

    `style` is `json`, `console`, or `auto`: for people on a terminal, JSON elsewhere.
    """
    for_people = style == "console" or (style == "auto" and stream.isatty())
    structlog.configure(
        processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level.upper())),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(_formatter(stream, for_people=for_people))
    # Below a warning, drivers and HTTP clients write out statements, parameters and URLs.
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    for ours in ("punnet", "uvicorn"):
        logging.getLogger(ours).setLevel(level.upper())
    # Our own line for each request says more, and without the query string.
    logging.getLogger("uvicorn.access").disabled = True


def get_log(name: str) -> FilteringBoundLogger:
    """Give a logger; its name begins with `punnet.`."""
    log: FilteringBoundLogger = structlog.get_logger(name)
    return log


def redact(_: object, __: str, event: Event) -> Event:
    """Mask keys and bearer tokens wherever they stand, and drop what must never be logged."""
    return {name: "…" if name in _NEVER else _masked(value) for name, value in event.items()}


def _masked(value: Any) -> Any:
    if isinstance(value, str):
        return _BEARER.sub(r"\1 …", _KEY.sub(r"pn_\1_…", value))
    if isinstance(value, Mapping):
        return {key: "…" if key in _NEVER else _masked(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_masked(inner) for inner in value]
    return value


def _formatter(stream: TextIO, *, for_people: bool) -> logging.Formatter:
    renderer: Processor = structlog.processors.JSONRenderer()
    # Local variables would carry questions and secrets into the log.
    frames = structlog.tracebacks.ExceptionDictTransformer(show_locals=False, max_frames=20)
    trace: Processor = structlog.processors.ExceptionRenderer(frames)
    if for_people:
        plain = structlog.dev.plain_traceback
        renderer = structlog.dev.ConsoleRenderer(stream.isatty(), exception_formatter=plain)
        trace = structlog.processors.format_exc_info
    strip = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    return structlog.stdlib.ProcessorFormatter(
        foreign_pre_chain=_SHARED, processors=[strip, trace, redact, renderer]
    )


# --- metrics ----------------------------------------------------------------------


class Metrics:
    """What one process counts and what the ledger says, in a registry of its own.

    No label names a tenant.
    """

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Histogram(
            "punnet_request_seconds",
            "Time until an answer began, by route and status.",
            ("method", "route", "status"),
            buckets=_FAST,
            registry=self.registry,
        )
        self._stages = Histogram(
            "punnet_stage_seconds",
            "Time of one stage of answering.",
            ("stage",),
            buckets=_FAST,
            registry=self.registry,
        )
        self._up = self._gauge("punnet_part_up", "Whether a part answered last time.", "part")
        self._due = self._gauge("punnet_sources_due", "Sources that are due and not yet begun.")
        self._tenants = self._gauge("punnet_tenants", "Tenants in the ledger.")
        self._documents = self._gauge("punnet_documents", "Documents in the ledger.", "state")
        self._runs = self._gauge("punnet_runs", "Runs that the ledger keeps.", "state")
        self._passages = self._gauge("punnet_passages", "Passages in the ledger.")
        self._lingering = self._gauge(
            "punnet_lingering_points", "Points of the index that nothing places any more."
        )

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answer; `route` is the template of its path, never the path."""
        self._requests.labels(method, route, str(status)).observe(seconds)

    def stage(self, name: str, seconds: float) -> None:
        """Note how long a stage took; give this method to whoever wants an `Observe`."""
        self._stages.labels(name).observe(seconds)

    def part_up(self, part: str, *, up: bool) -> None:
        """Note whether the ledger, the index or the model answered."""
        self._up.labels(part).set(up)

    def ledger_holds(self, totals: Totals, due: int) -> None:
        """Note what the ledger says now, whichever process wrote it."""
        self._due.set(due)
        self._tenants.set(totals.tenants)
        self._passages.set(totals.passages)
        self._lingering.set(totals.lingering)
        for document, held in totals.documents.items():
            self._documents.labels(document.value).set(held)
        for run, kept in totals.runs.items():
            self._runs.labels(run.value).set(kept)

    def ledger_silent(self) -> None:
        """Forget what the ledger said: an old number would pass for a new one."""
        self.part_up("ledger", up=False)
        for one in (self._due, self._tenants, self._passages, self._lingering):
            one.set(math.nan)
        self._documents.clear()
        self._runs.clear()

    def exposition(self) -> bytes:
        """Give everything in Prometheus's text format."""
        return generate_latest(self.registry)

    def _gauge(self, name: str, says: str, *labels: str) -> Gauge:
        return Gauge(name, says, labels, registry=self.registry)
