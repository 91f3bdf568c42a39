"""Named bounds on everything received, each with its reason (PROTOCOL 11). Operators find them in the documentation."""

KIB = 1024
MIB = 1024 * KIB

HANDSHAKE_FRAME_SIZE = 32 * KIB
"""A frame of a join or link handshake, header not counted: the largest real one is about 16 KiB (an introduction)."""

LINK_FRAME_SIZE = MIB
"""A frame of an established link: a commit's parcel with its Welcome for a large group is the largest."""
