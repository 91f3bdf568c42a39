"""Numbers are those of RFC 9420 section 17."""

from coterie.core.mls import registry


def test_numbers_of_one_kind_differ() -> None:
    for prefix in (
        "WIRE_",
        "CONTENT_",
        "SENDER_",
        "SOURCE_",
        "CREDENTIAL_",
        "PROPOSAL_",
        "EXTENSION_",
        "PSK_",
        "USAGE_",
    ):
        numbers = [value for name, value in vars(registry).items() if name.startswith(prefix)]
        assert len(numbers) >= 2
        assert len(set(numbers)) == len(numbers)


def test_defaults_are_those_of_section_7_2() -> None:
    assert {1, 2, 3, 4, 5} == registry.DEFAULT_EXTENSIONS
    assert {1, 2, 3, 4, 5, 6, 7} == registry.DEFAULT_PROPOSALS


def test_our_own_extension_is_private_use() -> None:
    assert 0xF000 <= registry.EXTENSION_COTERIE <= 0xFFFF
    assert registry.EXTENSION_LAST_RESORT == 10
