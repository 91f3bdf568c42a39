"""Named bounds on everything received, each with its reason (PROTOCOL 11). Operators find them in the documentation."""

KIB = 1024
MIB = 1024 * KIB

HANDSHAKE_FRAME_SIZE = 32 * KIB
"""A frame of a join or link handshake, header not counted: the largest real one is about 16 KiB (an introduction)."""

LINK_FRAME_SIZE = MIB
"""A frame of an established link: a commit's parcel with its Welcome for a large group is the largest."""

OBJECT_SIZE = 96 * KIB
"""A signed object: the largest is a policy or role whose cut names 1,024 devices (73 KiB)."""

CUT_ENTRIES = 1024
"""Chains that one cut names: every device of the largest circle."""

CERTIFICATE_SIZE = 16 * KIB
"""A certificate: two ML-DSA-87 signatures and two keys are 14.1 KiB, the default suite's is about 300 bytes."""

CHAIN_SIBLINGS = 8
"""Rival decisions of one device with one serial that are kept as evidence; the rest would only repeat it."""

WAITING_OBJECTS = 1024
"""Received objects of one scope that wait for their predecessor or their issuer's certificate."""

NAME_CHARACTERS = 64
"""A pseudonym, a circle's name or a title, in characters after NFC."""

CONVERSATION_PEOPLE = 1024
"""People that one `start` may name."""

NUMBER_JUMP = 4096
"""How far a sender's number may run ahead of the last one seen (PROTOCOL 7): what a have-vector can still describe."""

HELD_ENVELOPES = 64
"""Envelopes of one conversation that wait for an epoch, a decision or a Welcome."""

CARRYING_WINDOW_DAYS = 21
"""How long ciphertext that somebody still needs is kept (PROTOCOL 6)."""

SEND_AGAIN_TIMES = 3
"""How often the content of one message is encrypted anew for a device that cannot read it (PROTOCOL 6)."""

TEXT_SIZE = 256 * KIB
"""One message's text, as UTF-8: longer things are files."""

EVENT_DAYS = 30
"""How long events stay for programs that were away."""
