"""Message keys in rows (RFC 9420 section 9): each exists once, moves forward only and is gone when used.

Rows of one epoch, all below `epoch_prefix(epoch)`:

    t/<node>            the secret of a subtree in which nobody has been heard yet
    a/<leaf>, h/<leaf>  head of the application or handshake ratchet: generation, secret
    A/<leaf>/<gen>      a skipped key and nonce of the application ratchet (H: handshake)

A subtree's secret is exactly the heads of the ratchets below it; it is expanded when one of them is needed or is
to be forgotten, and then only the siblings stay.
"""

from dataclasses import dataclass

from coterie.core.codec.tls import Writer
from coterie.core.crypto.suites import Suite
from coterie.core.mls import tree_math
from coterie.core.mls.limits import MAX_KEPT_KEYS, MAX_SKIP
from coterie.core.mls.private_message import MessageKey
from coterie.core.mls.rules import refuse
from coterie.core.mls.secret_tree import children, message_key, next_secret, ratchet_roots
from coterie.core.mls.state import Delta, Rows

Changes = dict[str, bytes | None]


def epoch_prefix(epoch: int) -> str:
    """Where the rows of an epoch begin."""
    return f"e/{epoch:016x}/"


@dataclass(frozen=True, slots=True)
class Ratchets:
    """The ratchets of one epoch: which suite and epoch, and how many leaves its tree has."""

    suite: Suite
    epoch: int
    width: int

    def begin(self, encryption_secret: bytes, own_leaf: int) -> Delta:
        """The rows of a new epoch. Our own ratchets are expanded at once, so that they can be deleted alone."""
        root = tree_math.root(self.width)
        changes: Changes = {}
        self._expand(changes, root, encryption_secret, own_leaf)
        return _delta(changes)

    def take_next(self, rows: Rows, leaf: int, handshake: bool) -> tuple[MessageKey, Delta]:
        """The next key of our own ratchet, and the step that makes it unrepeatable."""
        changes: Changes = {}
        generation, secret = self._head(rows, leaf, handshake, changes)
        key, nonce = message_key(self.suite, secret, generation)
        moved = next_secret(self.suite, secret, generation)
        changes[self._head_key(leaf, handshake)] = _head(generation + 1, moved)
        return MessageKey(leaf, generation, key, nonce), _delta(changes)

    def take(self, rows: Rows, leaf: int, handshake: bool, generation: int) -> tuple[MessageKey, Delta]:
        """The key of a received message: `message-key-used` when gone, `too-far-ahead` beyond the skip limit."""
        changes: Changes = {}
        head, secret = self._head(rows, leaf, handshake, changes)
        if generation < head:
            return self._take_skipped(rows, leaf, handshake, generation)
        if generation - head > MAX_SKIP:
            raise refuse("too-far-ahead")
        if generation > head:
            self._drop_oldest(rows, leaf, handshake, generation - head, changes)
        for skipped in range(head, generation):
            key, nonce = message_key(self.suite, secret, skipped)
            changes[self._skipped_key(leaf, handshake, skipped)] = key + nonce
            secret = next_secret(self.suite, secret, skipped)
        key, nonce = message_key(self.suite, secret, generation)
        moved = next_secret(self.suite, secret, generation)
        changes[self._head_key(leaf, handshake)] = _head(generation + 1, moved)
        return MessageKey(leaf, generation, key, nonce), _delta(changes)

    def next_generation(self, rows: Rows, leaf: int, handshake: bool) -> int:
        """The generation that the ratchet of a leaf would use next."""
        return self._head(rows, leaf, handshake, {})[0]

    def has_keys(self, rows: Rows, leaf: int) -> bool:
        """Whether any application message of a sender could still be opened."""
        if rows.get(self._head_key(leaf, False)) is not None or self._subtree(rows, leaf) is not None:
            return True
        return bool(rows.keys(self._skipped_key(leaf, False, None)))

    def forget(self, rows: Rows, leaf: int) -> Delta:
        """Deletes every key of one sender."""
        changes: Changes = {}
        at = self._subtree(rows, leaf)
        if at is not None:
            self._expand(changes, *at, leaf)
        for kind in "ahAH":
            stem = f"{epoch_prefix(self.epoch)}{kind}/{leaf:08x}"
            changes.pop(stem, None)
            for key in rows.keys(stem):
                changes[key] = None
        return _delta(changes)

    def _take_skipped(self, rows: Rows, leaf: int, handshake: bool, generation: int) -> tuple[MessageKey, Delta]:
        name = self._skipped_key(leaf, handshake, generation)
        kept = rows.get(name)
        if kept is None:
            raise refuse("message-key-used")
        size = self.suite.key_size
        return MessageKey(leaf, generation, kept[:size], kept[size:]), Delta(((name, None),))

    def _drop_oldest(self, rows: Rows, leaf: int, handshake: bool, more: int, changes: Changes) -> None:
        """Makes room for `more` skipped keys."""
        kept = sorted(rows.keys(self._skipped_key(leaf, handshake, None)))
        for name in kept[: max(0, len(kept) + more - MAX_KEPT_KEYS)]:
            changes[name] = None

    def _head(self, rows: Rows, leaf: int, handshake: bool, changes: Changes) -> tuple[int, bytes]:
        """Generation and secret of a ratchet; expands the secret tree if the leaf has not been heard."""
        name = self._head_key(leaf, handshake)
        row = rows.get(name)
        if row is None:
            at = self._subtree(rows, leaf)
            if at is None:
                raise refuse("message-key-used")
            self._expand(changes, *at, leaf)
            row = changes[name] or b""
        return int.from_bytes(row[:4], "big"), row[4:]

    def _subtree(self, rows: Rows, leaf: int) -> tuple[int, bytes] | None:
        """The subtree secret that covers a leaf, if it still exists."""
        for node in (2 * leaf, *tree_math.direct_path(2 * leaf, self.width)):
            secret = rows.get(self._tree_key(node))
            if secret is not None:
                return node, secret
        return None

    def _expand(self, changes: Changes, node: int, secret: bytes, leaf: int) -> None:
        """Replaces a subtree's secret by those of the siblings on the way to a leaf, and the leaf's ratchets."""
        changes[self._tree_key(node)] = None
        while not tree_math.is_leaf(node):
            for child, below in children(self.suite, node, secret):
                if tree_math.is_below(leaf, child):
                    taken = child, below
                else:
                    changes[self._tree_key(child)] = below
            node, secret = taken
        handshake, application = ratchet_roots(self.suite, secret)
        changes[self._head_key(leaf, True)] = _head(0, handshake)
        changes[self._head_key(leaf, False)] = _head(0, application)

    def _tree_key(self, node: int) -> str:
        return f"{epoch_prefix(self.epoch)}t/{node:08x}"

    def _head_key(self, leaf: int, handshake: bool) -> str:
        return f"{epoch_prefix(self.epoch)}{'h' if handshake else 'a'}/{leaf:08x}"

    def _skipped_key(self, leaf: int, handshake: bool, generation: int | None) -> str:
        stem = f"{epoch_prefix(self.epoch)}{'H' if handshake else 'A'}/{leaf:08x}/"
        return stem if generation is None else f"{stem}{generation:08x}"


def _head(generation: int, secret: bytes) -> bytes:
    return Writer().u32(generation).fixed(secret).bytes()


def _delta(changes: Changes) -> Delta:
    return Delta(tuple(changes.items()))
