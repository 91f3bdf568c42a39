"""KeyPackages in both directions: ours handed to peers, theirs used to add them to groups (PROTOCOL 5).

A KeyPackage is an MLSMessage. Each peer gets two one-time ones that are reserved for it; the card has one of last
resort. All are good for 36 days, as the private halves are kept.
"""

from coterie.core.crypto.signature import Signer
from coterie.core.crypto.signing import complete
from coterie.core.crypto.suites import Suite
from coterie.core.engine.ports.effects import Transmit
from coterie.core.engine.ports.peers import OwnKeyPackage
from coterie.core.engine.state import circle_states
from coterie.core.engine.state.context import Context
from coterie.core.engine.state.identity import circle_of, signer, suite_of
from coterie.core.engine.state.links import Link
from coterie.core.kernel.errors import PeerError
from coterie.core.kernel.ids import CircleId, DeviceId
from coterie.core.kernel.limits import KEY_PACKAGE_DAYS
from coterie.core.kernel.secret import Secret
from coterie.core.kernel.world import DAY, SECOND, Instant
from coterie.core.mls.key_packages import new_key_package, parse_key_package, verify_key_package
from coterie.core.mls.own_leaf import basic_leaf
from coterie.core.trust.facts import Card
from coterie.core.wire import peer_frames

RESERVED = 2
"""One-time KeyPackages that each peer holds of us."""

MAX_HELD = 8
"""One-time KeyPackages of one peer that we keep; further ones are ignored."""

LIFETIME = 36 * DAY
TOLERANCE = 1 * DAY


def package_for(ctx: Context, circle_id: CircleId, device_id: DeviceId) -> bytes | None:
    """A valid KeyPackage of this device: a one-time one reserved for us (used up by this), else its card's."""
    while (package := ctx.store.peers.take_key_package(circle_id, device_id)) is not None:
        if is_good(ctx, circle_id, device_id, package):
            return package
    card = circle_states.card_of(ctx, circle_id, device_id)
    if card is None or not isinstance(card.body, Card):
        return None
    return card.body.key_package if is_good(ctx, circle_id, device_id, card.body.key_package) else None


def check(ctx: Context, circle_id: CircleId, device_id: DeviceId, package: bytes) -> bytes:
    """The KeyPackageRef of a package of this device, or PeerError `key-package-…` (T027).

    Its identity, signature key and suite must be those of the objects, and the device active.
    """
    suite = suite_of(ctx, circle_id)
    parsed = parse_key_package(package)
    verify_key_package(parsed, suite, ctx.now)
    device = circle_states.active_device(ctx, circle_id, device_id)
    if device is None:
        raise PeerError("key-package-wrong-identity", "a KeyPackage of a device that is not in the circle")
    leaf = parsed.leaf
    if leaf.lifetime is None or leaf.lifetime.not_after - leaf.lifetime.not_before > KEY_PACKAGE_DAYS * (DAY // SECOND):
        raise PeerError("key-package-lives-too-long", "a KeyPackage claims a longer life than any may have")
    if (
        leaf.credential.identity != device.person_id + device_id
        or leaf.signature_key != device.certificate.fields.signature_key
    ):
        raise PeerError("key-package-wrong-identity", "a KeyPackage that is not of the device that gave it")
    return parsed.ref(suite)


def is_good(ctx: Context, circle_id: CircleId, device_id: DeviceId, package: bytes) -> bool:
    """Whether `check` accepts it."""
    try:
        check(ctx, circle_id, device_id, package)
    except PeerError:
        return False
    return True


def own(ctx: Context, ref: bytes) -> OwnKeyPackage | None:
    """Ours with this KeyPackageRef, with its private keys."""
    return ctx.store.peers.own_key_package(ref)


def used(ctx: Context, ref: bytes) -> None:
    """A Welcome was opened with it: a one-time one is deleted and its peer gets another; the last resort stays."""
    package = ctx.store.peers.own_key_package(ref)
    if package is None or package.last_resort:
        return
    ctx.store.peers.delete_own_key_package(ref)
    link = ctx.links.to(package.circle_id, DeviceId(package.for_device))
    if link is not None:
        hand_over(ctx, link)


def hand_over(ctx: Context, link: Link) -> None:
    """New one-time KeyPackages for this peer, as far as it has fewer than two.

    One that was handed over is never sent again: the peer may have used it already, and a second use could not be
    opened. If it was lost with its link, the card's serves until it is too old to be counted.
    """
    circle = circle_of(ctx, link.circle_id)
    if circle.state != "active":
        return
    standing = ctx.store.peers.own_key_packages(link.circle_id, link.device_id)
    for package in standing:
        if package.created_at + LIFETIME + TOLERANCE < ctx.now:
            ctx.store.peers.delete_own_key_package(package.ref)
    fresh = sum(1 for package in standing if package.created_at + LIFETIME // 2 > ctx.now)
    identity = circle.person_id + circle.device_id
    suite, own_signer = suite_of(ctx, link.circle_id), signer(ctx, link.circle_id)
    new = [
        make(ctx, link.circle_id, suite, identity, own_signer, for_device=link.device_id)
        for _ in range(RESERVED - fresh)
    ]
    if new:
        ctx.emit(Transmit(link.conn, peer_frames.KEY_PACKAGES, peer_frames.KeyPackages(tuple(new)).encode()))


def received(ctx: Context, link: Link, packages: tuple[bytes, ...]) -> None:
    """One-time KeyPackages from a peer: checked, kept for later, never more than a few."""
    for package in packages[:MAX_HELD]:
        ref = check(ctx, link.circle_id, link.device_id, package)
        if ctx.store.peers.key_package_count(link.circle_id, link.device_id) < MAX_HELD:
            ctx.store.peers.add_key_package(link.circle_id, link.device_id, ref, package, ctx.now)


def make(
    ctx: Context, circle_id: CircleId, suite: Suite, identity: bytes, own_signer: Signer, for_device: bytes = b""
) -> bytes:
    """A new KeyPackage of ours, stored with its private keys; of last resort when it is for nobody in particular."""
    work = new_key_package(
        suite,
        basic_leaf(suite, identity, own_signer.public_key),
        not_before=(ctx.now - TOLERANCE) // SECOND,
        not_after=(ctx.now + LIFETIME) // SECOND,
        entropy=ctx.entropy,
        last_resort=not for_device,
    )
    made = complete(work, own_signer)
    secrets = Secret(made.secrets.encode())
    ctx.store.peers.put_own_key_package(
        OwnKeyPackage(circle_id, made.ref, for_device, made.message, secrets, not for_device, ctx.now)
    )
    return made.message


def forget_old(ctx: Context, circle_id: CircleId, kept: int) -> None:
    """Deletes last-resort KeyPackages that are older than `kept` milliseconds and so used by nobody any more."""
    for package in ctx.store.peers.own_key_packages(circle_id, b""):
        if Instant(package.created_at + kept) < ctx.now:
            ctx.store.peers.delete_own_key_package(package.ref)
