-- The vault of one node. Every table is STRICT; ids are 32-byte blobs; times are milliseconds since 1970, 0: none.

-- The circles that we are in: our person, device and pseudonym there; state is active, left, removed or restored.
CREATE TABLE circles (
  circle_id BLOB PRIMARY KEY,
  name TEXT NOT NULL,
  suite_id INTEGER NOT NULL,
  person_id BLOB NOT NULL,
  device_id BLOB NOT NULL,
  pseudonym TEXT NOT NULL,
  state TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Private keys of our device in a circle, by purpose: signature, endpoint, door, block, recovery.
CREATE TABLE keys (
  circle_id BLOB NOT NULL,
  purpose TEXT NOT NULL,
  key_id BLOB NOT NULL,
  private BLOB NOT NULL,
  public BLOB NOT NULL,
  created_at INTEGER NOT NULL,
  retired_at INTEGER NOT NULL,
  port INTEGER NOT NULL,
  PRIMARY KEY (circle_id, purpose, key_id)
) STRICT, WITHOUT ROWID;

-- Joins that we began, kept so that they resume; pending is the joiner's own keys, certificate and card.
CREATE TABLE joins (
  invitation_id BLOB PRIMARY KEY,
  circle_id BLOB NOT NULL,
  invitation BLOB NOT NULL,
  pseudonym TEXT NOT NULL,
  state TEXT NOT NULL,
  code TEXT NOT NULL,
  pending BLOB NOT NULL,
  words TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Signed decisions, never pruned. The scope is a circle id or a conversation id.
CREATE TABLE decisions (
  object_id BLOB PRIMARY KEY,
  circle_id BLOB NOT NULL,
  scope BLOB NOT NULL,
  type INTEGER NOT NULL,
  issuer BLOB NOT NULL,
  serial INTEGER NOT NULL,
  data BLOB NOT NULL,
  received_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX decisions_by_chain ON decisions (scope, issuer, serial);

-- Signed facts: the highest revision of each (scope, issuer, type, subject).
CREATE TABLE facts (
  scope BLOB NOT NULL,
  issuer BLOB NOT NULL,
  type INTEGER NOT NULL,
  subject BLOB NOT NULL,
  circle_id BLOB NOT NULL,
  object_id BLOB NOT NULL,
  revision INTEGER NOT NULL,
  data BLOB NOT NULL,
  received_at INTEGER NOT NULL,
  PRIMARY KEY (scope, issuer, type, subject)
) STRICT, WITHOUT ROWID;

-- Objects that cannot be judged yet: their issuer or predecessor is not here.
CREATE TABLE waiting_objects (
  object_id BLOB PRIMARY KEY,
  circle_id BLOB NOT NULL,
  scope BLOB NOT NULL,
  data BLOB NOT NULL,
  received_at INTEGER NOT NULL
) STRICT;
CREATE INDEX waiting_objects_by_scope ON waiting_objects (scope);

-- Proofs against an issuer: two objects that exclude each other.
CREATE TABLE evidence (
  circle_id BLOB NOT NULL,
  scope BLOB NOT NULL,
  kind TEXT NOT NULL,
  first BLOB NOT NULL,
  second BLOB NOT NULL,
  received_at INTEGER NOT NULL,
  PRIMARY KEY (circle_id, first, second)
) STRICT, WITHOUT ROWID;

-- Invitations that we made. The payload holds the secret; certificate and card are those that claimed it.
CREATE TABLE invitations (
  invitation_id BLOB PRIMARY KEY,
  circle_id BLOB NOT NULL,
  grant_id BLOB NOT NULL,
  payload BLOB NOT NULL,
  approve INTEGER NOT NULL,
  state TEXT NOT NULL,
  expires_at INTEGER NOT NULL,
  attempts INTEGER NOT NULL,
  failures INTEGER NOT NULL,
  certificate BLOB NOT NULL,
  card BLOB NOT NULL,
  words TEXT NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- What we hold about a person besides their objects: the six words, and when we compared them.
CREATE TABLE contacts (
  circle_id BLOB NOT NULL,
  person_id BLOB NOT NULL,
  words TEXT NOT NULL,
  verified_at INTEGER NOT NULL,
  PRIMARY KEY (circle_id, person_id)
) STRICT, WITHOUT ROWID;

-- KeyPackages of ours with their private keys; for_device is empty for the last-resort one of the card.
CREATE TABLE own_key_packages (
  ref BLOB PRIMARY KEY,
  circle_id BLOB NOT NULL,
  for_device BLOB NOT NULL,
  data BLOB NOT NULL,
  private BLOB NOT NULL,
  last_resort INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One-time KeyPackages that peers reserved for us.
CREATE TABLE peer_key_packages (
  ref BLOB PRIMARY KEY,
  circle_id BLOB NOT NULL,
  device_id BLOB NOT NULL,
  data BLOB NOT NULL,
  received_at INTEGER NOT NULL
) STRICT;

-- Conversations; partner is the other person of a conversation of two; group_id is the MLS group that we send on, empty while there is none;
-- clock is the history clock.
CREATE TABLE conversations (
  conversation_id BLOB PRIMARY KEY,
  circle_id BLOB NOT NULL,
  kind TEXT NOT NULL,
  partner BLOB NOT NULL,
  group_id BLOB NOT NULL,
  state TEXT NOT NULL,
  clock BLOB NOT NULL,
  next_number INTEGER NOT NULL,
  first INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- MLS groups and the epoch that each stands in.
CREATE TABLE mls_groups (
  group_id BLOB PRIMARY KEY,
  conversation_id BLOB NOT NULL,
  founder BLOB NOT NULL,
  steward BLOB NOT NULL,
  epoch INTEGER NOT NULL,
  epoch_id BLOB NOT NULL,
  created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX mls_groups_by_conversation ON mls_groups (conversation_id);

-- The small rows of each MLS group's state: keys, ratchets, tree.
CREATE TABLE mls_rows (
  group_id BLOB NOT NULL,
  key TEXT NOT NULL,
  value BLOB NOT NULL,
  PRIMARY KEY (group_id, key)
) STRICT, WITHOUT ROWID;

-- The log of each group's branch: which epoch had which id.
CREATE TABLE epochs (
  group_id BLOB NOT NULL,
  epoch INTEGER NOT NULL,
  epoch_id BLOB NOT NULL,
  entered_at INTEGER NOT NULL,
  PRIMARY KEY (group_id, epoch)
) STRICT, WITHOUT ROWID;

-- Our commit of a group that waits for another device's acknowledgement.
CREATE TABLE staged_commits (
  group_id BLOB PRIMARY KEY,
  envelope_id BLOB NOT NULL,
  epoch_id BLOB NOT NULL,
  staged BLOB NOT NULL,
  staged_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Envelopes that cannot be read yet: of a later epoch, not backed, or of a group not known.
CREATE TABLE held_envelopes (
  envelope_id BLOB PRIMARY KEY,
  conversation_id BLOB NOT NULL,
  group_id BLOB NOT NULL,
  epoch INTEGER NOT NULL,
  from_device BLOB NOT NULL,
  reason TEXT NOT NULL,
  data BLOB NOT NULL,
  received_at INTEGER NOT NULL
) STRICT;
CREATE INDEX held_by_conversation ON held_envelopes (conversation_id);

-- Ciphertext on its way, stored once until every target has acknowledged it.
CREATE TABLE envelopes (
  row INTEGER PRIMARY KEY,
  envelope_id BLOB NOT NULL UNIQUE,
  conversation_id BLOB NOT NULL,
  sender_device BLOB NOT NULL,
  number INTEGER NOT NULL,
  kind INTEGER NOT NULL,
  group_id BLOB NOT NULL,
  epoch INTEGER NOT NULL,
  data BLOB NOT NULL,
  message_id BLOB NOT NULL,
  keep_until INTEGER NOT NULL,
  created_at INTEGER NOT NULL
) STRICT;

-- One row per device that has not acknowledged an envelope.
CREATE TABLE targets (
  device_id BLOB NOT NULL,
  envelope INTEGER NOT NULL,
  PRIMARY KEY (device_id, envelope)
) STRICT, WITHOUT ROWID;
CREATE INDEX targets_by_envelope ON targets (envelope);

-- Which numbers of a sender we have: from start all up to contiguous, and the ranges beyond.
CREATE TABLE numbers (
  conversation_id BLOB NOT NULL,
  sender_device BLOB NOT NULL,
  start INTEGER NOT NULL,
  contiguous INTEGER NOT NULL,
  ranges BLOB NOT NULL,
  unreadable BLOB NOT NULL,
  PRIMARY KEY (conversation_id, sender_device)
) STRICT, WITHOUT ROWID;

-- What people said, and the events of a conversation's life; "order" is the history order.
CREATE TABLE messages (
  row INTEGER PRIMARY KEY,
  message_id BLOB NOT NULL,
  conversation_id BLOB NOT NULL,
  person_id BLOB NOT NULL,
  device_id BLOB NOT NULL,
  kind TEXT NOT NULL,
  "order" INTEGER NOT NULL,
  content BLOB NOT NULL,
  text TEXT NOT NULL,
  state TEXT NOT NULL,
  number INTEGER NOT NULL,
  client_id TEXT NOT NULL,
  sent_at INTEGER NOT NULL,
  received_at INTEGER NOT NULL,
  reason TEXT NOT NULL,
  attempts INTEGER NOT NULL,
  UNIQUE (message_id, person_id)
) STRICT;
CREATE INDEX messages_in_order ON messages (conversation_id, "order", message_id);
CREATE INDEX messages_unsent ON messages (conversation_id) WHERE state = 'queued' AND number = 0;
CREATE INDEX messages_by_client ON messages (client_id) WHERE client_id <> '';
CREATE INDEX messages_by_number ON messages (conversation_id, device_id, number) WHERE number > 0 AND received_at = 0;

-- How far one of our messages came with one recipient.
CREATE TABLE receipts (
  message_id BLOB NOT NULL,
  person_id BLOB NOT NULL,
  state TEXT NOT NULL,
  at INTEGER NOT NULL,
  PRIMARY KEY (message_id, person_id)
) STRICT, WITHOUT ROWID;

-- Status reports that we owe a conversation.
CREATE TABLE reports (
  conversation_id BLOB NOT NULL,
  message_id BLOB NOT NULL,
  status INTEGER NOT NULL,
  due INTEGER NOT NULL,
  PRIMARY KEY (conversation_id, message_id)
) STRICT, WITHOUT ROWID;

-- Events for programs, kept 30 days; ids rise and are never used twice. The last row stays, emptied when it is old.
CREATE TABLE events (
  id INTEGER PRIMARY KEY,
  at INTEGER NOT NULL,
  kind TEXT NOT NULL,
  data TEXT NOT NULL
) STRICT;
