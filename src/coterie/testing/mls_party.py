"""A client of one MLS group for tests: it signs at once, writes every delta and remembers its group."""

from typing import TypeVar

from coterie.core.crypto.signature import generate_signer
from coterie.core.crypto.signing import Signing, complete
from coterie.core.crypto.suites import Suite, suite
from coterie.core.kernel.world import Instant
from coterie.core.mls.commits import CommitPlan, stage_commit
from coterie.core.mls.create import create_group
from coterie.core.mls.extension import Extensions
from coterie.core.mls.group import Group
from coterie.core.mls.join import join
from coterie.core.mls.key_packages import NewKeyPackage, new_key_package
from coterie.core.mls.open_message import Application, Opened, open_message
from coterie.core.mls.own_leaf import LeafConfig, basic_leaf
from coterie.core.mls.protect import protect
from coterie.core.mls.psk import NO_PSKS, Psks
from coterie.core.mls.staged import StagedCommit
from coterie.testing.entropy import SeededEntropy
from coterie.testing.mls_rows import DictRows

T = TypeVar("T")

NOW = Instant(1_800_000_000_000)
"""The time in every test that does not say otherwise."""

NOT_BEFORE, NOT_AFTER = 1_700_000_000, 1_900_000_000


class Party:
    """One device: a signer, its key packages, the rows of one group."""

    def __init__(
        self,
        name: str,
        suite_id: int = 1,
        *,
        now: Instant = NOW,
        lifetime: tuple[int, int] = (NOT_BEFORE, NOT_AFTER),
    ) -> None:
        self.name = name
        self.now = now
        self.lifetime = lifetime
        self.suite: Suite = suite(suite_id)
        self.entropy = SeededEntropy(name)
        self.signer = generate_signer(self.suite, self.entropy)
        self.rows = DictRows()
        self.psks: Psks = NO_PSKS

    @property
    def leaf(self) -> LeafConfig:
        """What stands in the party's leaves; its name is the identity."""
        return basic_leaf(self.suite, self.name.encode().ljust(64, b"."), self.signer.public_key)

    @property
    def group(self) -> Group:
        """The group as the rows say."""
        return Group.load(self.rows)

    def sign(self, work: Signing[T]) -> T:
        """Runs a signing operation to its end."""
        return complete(work, self.signer)

    def create(self, group_id: bytes = b"group", extensions: Extensions = ()) -> None:
        """Begins a group."""
        work = create_group(self.suite, group_id, self.leaf, extensions=extensions, entropy=self.entropy)
        self.rows.write(self.sign(work).delta)

    def key_package(self, *, last_resort: bool = False) -> NewKeyPackage:
        """A fresh KeyPackage."""
        work = new_key_package(
            self.suite,
            self.leaf,
            not_before=self.lifetime[0],
            not_after=self.lifetime[1],
            entropy=self.entropy,
            last_resort=last_resort,
        )
        return self.sign(work)

    def stage(self, plan: CommitPlan, *, public: bool = False) -> StagedCommit:
        """A commit of ours, not applied."""
        work = stage_commit(
            self.group, self.rows, plan, now=self.now, entropy=self.entropy, public=public, psks=self.psks
        )
        return self.sign(work)

    def commit(self, plan: CommitPlan, *, public: bool = False) -> StagedCommit:
        """A commit of ours, applied at once."""
        staged = self.stage(plan, public=public)
        self.rows.write(staged.delta)
        return staged

    def join(self, welcome: bytes | None, package: NewKeyPackage, tree: bytes | None = None) -> None:
        """Joins by a Welcome, also again where it was a member before."""
        if welcome is None:
            raise ValueError("the commit welcomed nobody")
        joined = join(welcome, package.message, package.secrets, psks=self.psks, ratchet_tree=tree, rows=self.rows)
        self.rows.write(joined.delta)

    def send(self, text: bytes, authenticated_data: bytes = b"") -> bytes:
        """Encrypts application data."""
        work = protect(self.group, self.rows, text, authenticated_data=authenticated_data, entropy=self.entropy)
        protected = self.sign(work)
        self.rows.write(protected.delta)
        return protected.message

    def open(self, message: bytes) -> Opened:
        """Opens a message and writes its delta: an application message is consumed, a commit applied."""
        opened = open_message(self.group, self.rows, message, psks=self.psks)
        self.rows.write(opened.delta)
        return opened

    def read(self, message: bytes) -> bytes:
        """The plaintext of an application message."""
        opened = self.open(message)
        if not isinstance(opened, Application):
            raise TypeError("not an application message")
        return opened.plaintext


def grow(creator: Party, *joiners: Party) -> None:
    """`creator` begins a group and adds the others with one commit."""
    creator.create()
    packages = [joiner.key_package() for joiner in joiners]
    staged = creator.commit(CommitPlan(adds=tuple(package.message for package in packages)))
    for joiner, package in zip(joiners, packages, strict=True):
        joiner.join(staged.welcome, package)


def parties(*names: str, suite_id: int = 1) -> list[Party]:
    """A group of these parties, made by the first."""
    made = [Party(name, suite_id) for name in names]
    grow(*made)
    return made
