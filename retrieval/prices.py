"""What a model's tokens cost at one moment, as plain figures that a plan can keep."""

from dataclasses import dataclass

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True)
class Step:
    """A price that holds once the prompt is longer than so many tokens."""

    above: int
    usd: float
    """US dollars for a million tokens."""


@dataclass(frozen=True, slots=True)
class Rate:
    """What a million tokens of one kind cost; a step applies to all tokens of the call."""

    usd: float
    steps: tuple[Step, ...] = ()
    """In growing order of `above`."""

    def of(self, tokens: int, prompt: int) -> float:
        """Price so many tokens of a call whose prompt has `prompt` tokens, in US dollars."""
        held = [step.usd for step in self.steps if prompt > step.above]
        return tokens * (held[-1] if held else self.usd) / _MILLION


@dataclass(frozen=True, slots=True)
class PriceCard:
    """The rates of one model at one moment; None is unknown, never free and never full."""

    input: Rate | None = None
    output: Rate | None = None
    cache_read: Rate | None = None
    cache_write: Rate | None = None
    """None where writing costs what input costs, or where nothing is known of caching."""
    call_usd: float = 0.0
    """US dollars for the call itself, however long it is."""

    @property
    def known(self) -> bool:
        """Whether a call without a cache can be priced."""
        return self.input is not None and self.output is not None

    def cost(self, prompt: int, output: int, *, cached: int = 0, written: int = 0) -> float | None:
        """Price a call in US dollars; None where a rate that it needs is unknown.

        `prompt` counts all tokens sent; `cached` of them are read from a cache and `written`
        of them written to one.
        """
        if self.input is None or self.output is None or (cached and self.cache_read is None):
            return None
        write = self.cache_write or self.input
        read = self.cache_read.of(cached, prompt) if self.cache_read else 0.0
        fresh = self.input.of(prompt - cached - written, prompt)
        input_usd = fresh + read + write.of(written, prompt)
        return self.call_usd + input_usd + self.output.of(output, prompt)
