"""What was measured of one peer, kept phase by phase so that a run can be taken up again."""

import json
import platform
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Figures = dict[str, Any]
"""What a phase printed as JSON."""


@dataclass(frozen=True)
class Kept:
    """The phases of one peer in one file."""

    path: Path
    phases: dict[str, Figures]

    @classmethod
    def opened(cls, path: Path, pages: int, *, fresh: bool) -> "Kept":
        """Read what is there, unless it is not wanted or is of another number of pages."""
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and not fresh:
            phases = json.loads(path.read_text(encoding="utf-8"))
            if phases.get("setting", {}).get("pages") == pages:
                return cls(path, phases)
        return cls(path, {"setting": {"pages": pages, "python": platform.python_version()}})

    def once(self, phase: str, measure: Callable[[], Figures]) -> None:
        """Measure what was not measured yet, and keep it at once."""
        if phase in self.phases:
            return
        print(f"{time.strftime('%H:%M:%S')} {self.path.stem}: {phase}", file=sys.stderr)
        began = time.time()
        self.phases[phase] = {**measure(), "began": began}
        self.path.write_text(json.dumps(self.phases, indent=1), encoding="utf-8")
