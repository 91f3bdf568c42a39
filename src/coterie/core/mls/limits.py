"""Named bounds of this folder. Each says what it protects; the reader in `codec` bounds everything else by the input."""

from typing import Final

MAX_MESSAGE: Final = 8 << 20
"""Bytes of one MLSMessage. A Welcome for 1,000 post-quantum members with its tree is about 3.5 MB."""

MAX_LEAVES: Final = 4096
"""Leaves of one tree: four times what a group is meant to have."""

MAX_NODES: Final = 2 * MAX_LEAVES - 1
"""Nodes of one tree."""

MAX_ELEMENTS: Final = 1 << 15
"""Elements of all lists in one message or tree together: the time to read it (8,191 nodes with three lists each)."""

MAX_EXTENSIONS: Final = 64
"""Extensions in one list."""

MAX_CAPABILITIES: Final = 256
"""Entries of one list in a leaf's capabilities (other implementations fill them with GREASE values)."""

MAX_PROPOSALS: Final = MAX_LEAVES + 64
"""Proposals in one commit: at most every member is named once."""

MAX_PENDING_PROPOSALS: Final = 256
"""Proposals by reference that one epoch stores until a commit takes them."""

MAX_SKIP: Final = 1_000
"""Generations that one message may jump ahead of its sender's ratchet; beyond it: `too-far-ahead` (T038)."""

MAX_KEPT_KEYS: Final = 2_000
"""Skipped message keys kept per sender and epoch; beyond it the oldest are dropped."""

MAX_FIELD: Final = 1 << 20
"""Bytes of one opaque field that is kept (authenticated data, extension, credential)."""
