from coterie.core.engine.circle import commands as table
from coterie.core.engine.ports import commands


def test_every_command_about_circles_people_invitations_and_joins_has_its_function() -> None:
    words = ("Circle", "Person", "Role", "Invitation", "Join")
    wanted = {
        value
        for name, value in vars(commands).items()
        if isinstance(value, type) and any(word in name for word in words)
    }
    assert set(table.HANDLERS) == wanted


def test_no_two_commands_share_a_function() -> None:
    assert len(set(table.HANDLERS.values())) == len(table.HANDLERS)
