"""Programs hold functions and nothing else."""

import dataclasses

import pytest

from coterie.__main__ import programs
from coterie.cli.programs import Programs


def test_they_cannot_be_exchanged() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        programs().init = print  # type: ignore[misc]


def test_there_is_one_for_each_command_that_needs_no_node() -> None:
    assert {"init", "up", "doctor", "demo"} <= {field.name for field in dataclasses.fields(Programs)}
