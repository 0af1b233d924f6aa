"""Edits, deaths, clock steps and all in any order: a sample, the same at every run."""

from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.soak.machine import Lives


def test_whatever_happens_all_agree_with_the_model_in_the_end() -> None:
    run_state_machine_as_test(
        Lives,
        settings=settings(
            max_examples=5,
            stateful_step_count=20,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )
