import pytest

from coterie.core.crypto.signature import generate_signer
from coterie.core.crypto.signing import complete
from coterie.core.crypto.suites import suite
from coterie.core.engine.circle import key_packages
from coterie.core.engine.state.identity import signer
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import DeviceId
from coterie.core.kernel.world import DAY, SECOND
from coterie.core.mls.key_packages import new_key_package, parse_key_package
from coterie.core.mls.own_leaf import basic_leaf
from coterie.core.wire import peer_frames
from coterie.testing import scenes
from coterie.testing.entropy import SeededEntropy
from coterie.testing.pipe import Pipe
from coterie.testing.pipe_parts import Node

SUITE = suite(1)


def foreign(pipe: Pipe, node: Node, **changes: object) -> bytes:
    """A KeyPackage of this node, with one thing that is not as it should be."""
    ctx, circle_id = pipe.context(node), scenes.circle_id(node)
    chosen = suite(int(str(changes.get("suite", 1))))
    own = signer(ctx, circle_id) if "key" not in changes else generate_signer(chosen, SeededEntropy(9))
    identity = changes.get("identity", scenes.person_id(node) + scenes.device_id(node))
    assert isinstance(identity, bytes)
    start = pipe.now // SECOND + int(str(changes.get("start", -10)))
    leaf = basic_leaf(chosen, identity, own.public_key)
    work = new_key_package(
        chosen, leaf, not_before=start, not_after=start + int(str(changes.get("life", 1000))), entropy=SeededEntropy(5)
    )
    return complete(work, own).message


def test_each_peer_holds_two_reserved_ones_and_they_are_used_before_the_last_resort() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    ctx, circle_id, device_id = pipe.context(alice), scenes.circle_id(alice), scenes.device_id(bob)
    packages = [key_packages.package_for(ctx, circle_id, device_id) for _ in range(4)]
    assert None not in packages
    assert len(set(packages)) == 3
    assert packages[2] == packages[3]
    last = [parse_key_package(package).last_resort for package in packages if package is not None]
    assert last == [False, False, True, True]


def test_a_used_one_is_deleted_and_replaced_and_the_last_resort_stays() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    circle_id = scenes.circle_id(alice)
    package = key_packages.package_for(pipe.context(alice), circle_id, scenes.device_id(bob))
    assert package is not None
    ref = parse_key_package(package).ref(SUITE)
    ctx = pipe.context(bob)
    assert key_packages.own(ctx, ref) is not None
    key_packages.used(ctx, ref)
    assert key_packages.own(ctx, ref) is None
    assert len(bob.store.peers.own_key_packages(circle_id, scenes.device_id(alice))) == 2
    last = bob.store.peers.own_key_packages(circle_id, b"")[0]
    key_packages.used(ctx, last.ref)
    assert key_packages.own(ctx, last.ref) is not None


def test_T027_a_key_package_is_never_handed_over_twice() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    count = alice.store.peers.key_package_count(scenes.circle_id(alice), scenes.device_id(bob))
    pipe.cut()
    pipe.run()
    assert pipe.linked(alice, bob)
    assert alice.store.peers.key_package_count(scenes.circle_id(alice), scenes.device_id(bob)) == count == 2


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"start": 3600}, "key-package-expired"),
        ({"start": -2000}, "key-package-expired"),
        ({"life": 61 * 86_400}, "key-package-lives-too-long"),
        ({"life": 1 << 62}, "key-package-lives-too-long"),
        ({"suite": 3}, "key-package-wrong-suite"),
        ({"identity": bytes(64)}, "key-package-wrong-identity"),
        ({"key": True}, "key-package-wrong-identity"),
    ],
)
def test_T027_a_bad_key_package_is_refused_and_never_used(changes: dict[str, object], code: str) -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    ctx, circle_id, device_id = pipe.context(alice), scenes.circle_id(alice), scenes.device_id(bob)
    package = foreign(pipe, bob, **changes)
    with pytest.raises(PeerError) as caught:
        key_packages.check(ctx, circle_id, device_id, package)
    assert caught.value.code == code
    while alice.store.peers.take_key_package(circle_id, device_id) is not None:
        pass
    alice.store.peers.add_key_package(circle_id, device_id, b"ref", package, pipe.now)
    used = key_packages.package_for(ctx, circle_id, device_id)
    assert used is not None
    assert used != package
    assert parse_key_package(used).last_resort


def test_T027_a_peer_that_hands_over_a_bad_one_loses_its_link() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    conn = next(iter(alice.wires))
    frame = peer_frames.KeyPackages((foreign(pipe, bob, identity=bytes(64)),))
    pipe.inject(alice, conn, peer_frames.KEY_PACKAGES, frame.encode())
    assert alice.errors[-1].code == "key-package-wrong-identity"
    assert conn not in alice.wires


def test_a_good_one_of_the_same_device_passes() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    package = foreign(pipe, bob)
    ref = key_packages.check(pipe.context(alice), scenes.circle_id(alice), scenes.device_id(bob), package)
    assert ref == parse_key_package(package).ref(SUITE)


def test_nobody_gets_a_key_package_of_a_stranger() -> None:
    pipe = Pipe()
    alice, _ = scenes.pair(pipe)
    assert key_packages.package_for(pipe.context(alice), scenes.circle_id(alice), DeviceId(bytes(32))) is None


def test_only_a_few_of_one_peer_are_kept() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    ctx, link = pipe.context(alice), pipe.context(alice).links.of_circle(scenes.circle_id(alice))[0]
    own = signer(pipe.context(bob), scenes.circle_id(bob))
    identity = scenes.person_id(bob) + scenes.device_id(bob)
    inside = pipe.context(bob)
    many = tuple(
        key_packages.make(inside, scenes.circle_id(bob), SUITE, identity, own, for_device=b"x") for _ in range(12)
    )
    key_packages.received(ctx, link, many)
    count = alice.store.peers.key_package_count(scenes.circle_id(alice), scenes.device_id(bob))
    assert count == key_packages.MAX_HELD


def test_reserved_ones_are_replaced_before_they_are_too_old() -> None:
    pipe = Pipe()
    alice, bob = scenes.pair(pipe)
    pipe.advance(20 * DAY)
    pipe.cut()
    pipe.run()
    standing = bob.store.peers.own_key_packages(scenes.circle_id(bob), scenes.device_id(alice))
    assert sum(1 for package in standing if package.created_at > pipe.now - 3 * DAY) == 2
    pipe.advance(20 * DAY)
    pipe.cut()
    pipe.run()
    assert len(bob.store.peers.own_key_packages(scenes.circle_id(bob), scenes.device_id(alice))) <= 6
