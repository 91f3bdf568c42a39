"""Named bounds on everything received, each with its reason (PROTOCOL 11). Operators find them in the documentation."""

KIB = 1024
MIB = 1024 * KIB

HANDSHAKE_FRAME_SIZE = 32 * KIB
"""A frame of a join or link handshake, header not counted: the largest real one is about 16 KiB (an introduction)."""

LINK_FRAME_SIZE = MIB
"""A frame of an established link: a commit's parcel with its Welcome for a large group is the largest."""

SKIPPED_FRAME_SIZE = 4 * MIB
"""A frame of an established link that is longer than `LINK_FRAME_SIZE` is passed over up to here; beyond, the link ends."""

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

HELD_FROM_PEER = 512
"""The same of all conversations together, from one peer: eight full conversations, at most 512 MiB on the disk."""

CARRYING_WINDOW_DAYS = 21
"""How long ciphertext that somebody still needs is kept (PROTOCOL 6)."""

SEND_AGAIN_TIMES = 3
"""How often the content of one message is encrypted anew for a device that cannot read it (PROTOCOL 6)."""

DEVICES_PER_PERSON = 128
"""Devices that one person ever had. Each decision over a person costs time for every one of them."""

KEY_PACKAGE_DAYS = 60
"""The longest total lifetime of a KeyPackage that is accepted (RFC 9420 7.2); ours have 37 days."""

REJOINS_AN_HOUR = 3
"""How often a device asks to be added anew to the group of a conversation; a further time waits (PROTOCOL 6)."""

TEXT_SIZE = 128 * KIB
"""One message's text, as UTF-8: longer things are files. Even all control characters, it fits a line of the local API."""

EVENT_DAYS = 30
"""How long events stay for programs that were away."""

HANDSHAKE_FRAME_SIZE_MLDSA = 128 * KIB
"""The same for suites with ML-DSA signatures: an introduction of four generations is 109 KiB with ML-DSA-87."""

INTRODUCTION_SIZE = 16 * KIB
"""An introduction of four generations: 10 KiB with the largest suite that has no ML-DSA signatures."""

INTRODUCTION_GENERATIONS = 4
"""How far below a device that we know a stranger may stand."""

HANDSHAKE_FRAME_SECONDS = 10
"""How long the next frame of a handshake may take."""

HANDSHAKE_SECONDS = 30
"""How long a whole handshake may take."""

HANDSHAKES_PER_INVITATION = 4
"""Unfinished handshakes of one invitation: the joiner's own retries, hardly anybody else's."""

HANDSHAKES_PER_DOOR = 32
"""Unfinished handshakes at one door, whoever began them."""

UNOPENED_ATTEMPTS = 20
"""Handshakes that proved an invitation's secret and never opened their commitment before it is withdrawn: each is one
online guess at the six words."""

INVITATION_DAYS = 30
"""The longest life of an invitation; its door key lives no longer."""

INVITATION_TEXT_SIZE = 4 * KIB
"""An invitation as text, white space included: 313 characters are usual, a payload full of hints and relay 1,200."""

INVITATION_HINTS = 8
"""Address hints in one invitation: each is an address that the joiner will dial."""

RELAY_URL_SIZE = 128
"""Characters of a relay's URL at most."""

HANDOVER_SIZE = 64 * MIB
"""All objects that an inviter hands to a joiner: 1,000 people with four devices each come to about 20 MiB."""

LINK_FRAMES = 1 << 20
"""Frames in one direction after which a link makes a new handshake, as it does after `LINK_HOURS`."""

LINK_HOURS = 24
"""Hours after which a link makes a new handshake."""

CARD_DAYS = 14
"""How long a card opens links."""

CARD_TOLERANCE_HOURS = 24
"""How far two devices' clocks may differ when a card's times are judged, either way."""

BLOCK_SIZE = 16 * KIB
"""A sealed block, always exactly."""

FRAME_ENTRIES = 65_536
"""Entries of a list in one peer frame (chains, facts, senders, numbers); `LINK_FRAME_SIZE` bounds the rest."""

HIGHEST_NUMBER = (1 << 63) - 1
"""Numbers and epochs in envelopes and vectors: what the vault's integers hold."""
