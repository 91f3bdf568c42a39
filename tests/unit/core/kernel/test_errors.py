from coterie.core.kernel.errors import CoterieError, PeerError, UserError


def test_both_families_carry_a_code_and_a_text() -> None:
    theirs = PeerError("malformed", "malformed length")
    assert (theirs.code, str(theirs), theirs.message) == ("malformed", "malformed length", "malformed length")
    ours = UserError("empty-text", "the text is empty", "write something")
    assert (ours.code, str(ours), ours.hint) == ("empty-text", "the text is empty", "write something")


def test_without_a_text_the_code_is_shown() -> None:
    assert str(PeerError("malformed")) == "malformed"
    assert UserError("locked").hint == ""


def test_the_families_are_apart() -> None:
    assert issubclass(PeerError, CoterieError)
    assert issubclass(UserError, CoterieError)
    assert not issubclass(PeerError, UserError)
    assert not issubclass(UserError, PeerError)
    assert not issubclass(CoterieError, ValueError)
