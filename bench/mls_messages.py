"""MLS application messages, sent and received without a vault, against the sum of their primitives."""

import os
from collections.abc import Callable, Iterator

from bench.primitives import MessageFloor, message_floor
from bench.rows import Row, measured
from bench.scale import Scale
from bench.stopwatch import against, microseconds
from coterie.core.crypto.aead import TAG_SIZE
from coterie.core.crypto.signing import complete
from coterie.core.crypto.suites import DEFAULT_SUITE_ID
from coterie.core.mls.group import Group
from coterie.core.mls.mls_message import parse_message
from coterie.core.mls.open_message import open_message
from coterie.core.mls.private_message import PrivateMessage
from coterie.core.mls.protect import protect
from coterie.core.wire.authenticated_data import padded_size
from coterie.node.system import SystemEntropy
from coterie.testing.mls_party import Party, parties

SUITES = {"suite-1": 1, "default": DEFAULT_SUITE_ID}
PLAINTEXT = os.urandom(256)
BESIDE = os.urandom(95)
"""As long as the authenticated data of an envelope."""
TARGET = 2.0
ENTROPY = SystemEntropy()


def rows(scale: Scale) -> Iterator[Row]:
    """`mls.send.…` and `mls.receive.…`, in microseconds a message."""
    for name, suite_id in SUITES.items():
        alice, bob = parties("alice", "bob", suite_id=suite_id)
        messages = [_send(alice, alice.group) for _ in range(scale.calls)]
        floor = _floor(alice, messages[0])
        group = alice.group
        sending = against(lambda: _send(alice, group), floor.send, scale.calls)  # noqa: B023 - called at once
        receiving = against(_receiving(bob, messages), floor.receive, len(messages))
        yield measured(f"mls.send.{name}", sending[0], "µs", sending[1], at_most=TARGET, of="floors")
        yield measured(f"mls.receive.{name}", receiving[0], "µs", receiving[1], at_most=TARGET, of="floors")


def send_and_receive_floor(suite_id: int, calls: int) -> float:
    """Microseconds of the primitives of one message, both ends together."""
    alice, _ = parties("alice", "bob", suite_id=suite_id)
    floor = _floor(alice, _send(alice, alice.group))
    return microseconds(floor.send, calls) + microseconds(floor.receive, calls)


def _floor(sender: Party, message: bytes) -> MessageFloor:
    parsed = parse_message(message)
    if not isinstance(parsed, PrivateMessage):
        raise TypeError("an application message is a PrivateMessage")
    signed = len(PLAINTEXT) + len(BESIDE) + len(sender.group.context_bytes) + 40
    return message_floor(sender.suite, signed, len(parsed.ciphertext) - TAG_SIZE, len(BESIDE) + 20)


def _receiving(receiver: Party, messages: list[bytes]) -> Callable[[], None]:
    group, left = receiver.group, iter(messages)

    def receive() -> None:
        receiver.rows.write(open_message(group, receiver.rows, next(left)).delta)

    return receive


def _send(sender: Party, group: Group) -> bytes:
    suite = sender.suite
    work = protect(
        group,
        sender.rows,
        PLAINTEXT,
        authenticated_data=BESIDE,
        padded_size=lambda size: padded_size(suite, size),
        entropy=ENTROPY,
    )
    protected = complete(work, sender.signer)
    sender.rows.write(protected.delta)
    return protected.message
