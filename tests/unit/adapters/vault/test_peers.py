"""Contacts, and KeyPackages that are handed out once."""

from dataclasses import replace

from coterie.adapters.vault.store import VaultStore
from coterie.core.engine.ports.peers import Contact, OwnKeyPackage
from coterie.core.kernel.ids import CircleId, DeviceId, PersonId
from coterie.core.kernel.secret import Secret
from coterie.core.kernel.world import Instant

GARDEN = CircleId(b"g" * 32)
BEN = PersonId(b"b" * 32)
PHONE, LAPTOP = DeviceId(b"1" * 32), DeviceId(b"2" * 32)
PACKAGE = OwnKeyPackage(GARDEN, b"r" * 32, PHONE, b"package", Secret(b"keys"), False, Instant(10))


def test_a_contact_keeps_the_latest_words(store: VaultStore) -> None:
    assert store.peers.contact(GARDEN, BEN) is None
    store.peers.put_contact(Contact(GARDEN, BEN, "one two", Instant(0)))
    verified = Contact(GARDEN, BEN, "three four", Instant(20))
    store.peers.put_contact(verified)
    assert store.peers.contact(GARDEN, BEN) == verified


def test_own_packages_stay_with_whom_they_were_made_for(store: VaultStore) -> None:
    newer = replace(PACKAGE, ref=b"s" * 32, created_at=Instant(11))
    last_resort = replace(PACKAGE, ref=b"t" * 32, for_device=b"", last_resort=True)
    for package in (PACKAGE, newer, last_resort):
        store.peers.put_own_key_package(package)
    assert store.peers.own_key_packages(GARDEN, PHONE) == [newer, PACKAGE]
    assert store.peers.own_key_packages(GARDEN, b"") == [last_resort]
    assert store.peers.own_key_package(PACKAGE.ref) == PACKAGE
    store.peers.delete_own_key_package(PACKAGE.ref)
    assert store.peers.own_key_package(PACKAGE.ref) is None


def test_T026_a_peers_package_is_taken_once_oldest_first(store: VaultStore) -> None:
    store.peers.add_key_package(GARDEN, PHONE, b"2" * 32, b"second", Instant(11))
    store.peers.add_key_package(GARDEN, PHONE, b"1" * 32, b"first", Instant(10))
    store.peers.add_key_package(GARDEN, PHONE, b"1" * 32, b"first", Instant(12))
    store.peers.add_key_package(GARDEN, LAPTOP, b"3" * 32, b"other", Instant(10))
    assert store.peers.key_package_count(GARDEN, PHONE) == 2
    assert store.peers.take_key_package(GARDEN, PHONE) == b"first"
    assert store.peers.take_key_package(GARDEN, PHONE) == b"second"
    assert store.peers.take_key_package(GARDEN, PHONE) is None
    assert store.peers.key_package_count(GARDEN, LAPTOP) == 1
