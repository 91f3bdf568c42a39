"""The table of types."""

from coterie.core.trust.object_types import (
    CIRCLE_DECISIONS,
    CONVERSATION_DECISIONS,
    FACTS,
    ObjectType,
    is_critical,
    is_fact,
    label,
)


def test_the_bits_of_a_type_say_how_to_hold_it() -> None:
    assert all(is_fact(number) == (number in FACTS) for number in ObjectType)
    assert all(is_critical(number) == (number not in FACTS) for number in ObjectType)


def test_every_type_belongs_to_one_group() -> None:
    assert len(CIRCLE_DECISIONS) + len(CONVERSATION_DECISIONS) + len(FACTS) == len(ObjectType)


def test_the_label_names_the_number() -> None:
    assert label(0x0007) == "Coterie 1 object 0007"
