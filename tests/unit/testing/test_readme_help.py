"""The help text goes between its marks, and nowhere else."""

import pytest

from coterie.testing.readme_help import BEGIN, END, help_text, with_help


def test_the_text_replaces_what_stood_there() -> None:
    page = f"above\n{BEGIN}old\n{END}below\n"
    assert with_help(page, "new\n") == f"above\n{BEGIN}```text\nnew\n```\n{END}below\n"


@pytest.mark.parametrize("page", ["", BEGIN, f"{BEGIN}{END}{BEGIN}{END}"])
def test_a_page_without_exactly_one_place_is_refused(page: str) -> None:
    with pytest.raises(ValueError, match="exactly one place"):
        with_help(page, "new\n")


def test_the_help_names_the_commands() -> None:
    text = help_text()
    assert text.startswith("Usage: coterie")
    assert all(f"  {name} " in text for name in ("init", "up", "circle", "invite", "join", "send", "log"))
