/** The tables. Every column that holds content or a name is sealed (seal.ts); the plain ones are listed in docs/SECURITY.md. */

/** Of the file (PRAGMA user_version). Nothing has been released: until then a change is made in place. */
export const SCHEMA_VERSION = 1;

export const SCHEMA = `
  -- value: sealed
  CREATE TABLE setting (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;

  -- tag: keyed hash of the name. contact (name, keys, trust) and chat (phase, counters, draft): sealed JSON
  CREATE TABLE peer (
    id INTEGER PRIMARY KEY, tag BLOB NOT NULL UNIQUE, contact BLOB NOT NULL, chat BLOB NOT NULL
  ) STRICT;

  -- state: sealed MLS state
  CREATE TABLE conversation (
    id BLOB NOT NULL UNIQUE, peer INTEGER NOT NULL REFERENCES peer, state BLOB NOT NULL
  ) STRICT;
  CREATE INDEX conversation_of_peer ON conversation (peer);

  -- body: sealed, with our clock's time of storing it. state: of mine only. owed: the receipt that theirs still waits for.
  -- expiry: sealed; of messages that disappear. unread, receipted: of theirs, whether its kind counts as unread, and gets receipts.
  -- target: of a change to another message, which is no message of its own; early: that message has not come yet.
  -- Positions are never given twice, not even when the newest message was deleted: a value is sealed for its position.
  CREATE TABLE message (
    position INTEGER PRIMARY KEY AUTOINCREMENT, peer INTEGER NOT NULL REFERENCES peer, id BLOB NOT NULL,
    origin TEXT NOT NULL, state TEXT, failure TEXT, owed TEXT, unread INTEGER NOT NULL, receipted INTEGER NOT NULL,
    target BLOB, early INTEGER NOT NULL, expiry BLOB, body BLOB NOT NULL
  ) STRICT;
  CREATE INDEX message_shown ON message (peer) WHERE target IS NULL;
  CREATE INDEX message_changes ON message (peer, target) WHERE target IS NOT NULL;
  CREATE INDEX message_early ON message (peer) WHERE early = 1;
  CREATE UNIQUE INDEX message_by_id ON message (peer, id);
  CREATE INDEX message_owing ON message (peer, owed) WHERE owed IS NOT NULL;
  CREATE INDEX message_expiring ON message (position) WHERE expiry IS NOT NULL;
  -- Finds messages without a receipt, which are sealed again when a conversation's keys are lost, without reading a long history.
  CREATE INDEX message_undelivered ON message (peer, position) WHERE state IN ('waiting', 'sent');

  -- Ids of everything that arrived: a second delivery is recognised by its id. signal: counts those that left nothing in
  -- the chat, as receipts; the last of them are kept.
  CREATE TABLE received (
    peer INTEGER NOT NULL, id BLOB NOT NULL, signal INTEGER, PRIMARY KEY (peer, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX received_signals ON received (peer, signal) WHERE signal IS NOT NULL;

  -- Everything that must still leave, in order. id: of a message, else empty. body: sealed
  CREATE TABLE outbox (
    position INTEGER PRIMARY KEY AUTOINCREMENT, peer INTEGER NOT NULL REFERENCES peer, verb TEXT NOT NULL,
    conversation BLOB NOT NULL, id BLOB NOT NULL, body BLOB NOT NULL
  ) STRICT;
  CREATE INDEX outbox_of_peer ON outbox (peer);
  CREATE INDEX outbox_by_id ON outbox (peer, id);
`;
