from coterie.core.content.parts import MAX_LEVELS, MAX_PARTS, Disposition, MultiPart, Semantics, SinglePart


def test_the_numbers_of_the_draft() -> None:
    assert [each.name for each in Disposition] == [
        "UNSPECIFIED",
        "RENDER",
        "REACTION",
        "PROFILE",
        "INLINE",
        "ICON",
        "ATTACHMENT",
        "SESSION",
        "PREVIEW",
    ]
    assert [int(each) for each in Disposition] == list(range(9))
    assert (MAX_PARTS, MAX_LEVELS) == (1024, 4)


def test_parts_are_values() -> None:
    part = SinglePart("text/plain", b"x")
    assert MultiPart(Semantics.CHOOSE_ONE, (part, part)) == MultiPart(Semantics.CHOOSE_ONE, (part, part))
    assert len({part, SinglePart("text/plain", b"x")}) == 1
