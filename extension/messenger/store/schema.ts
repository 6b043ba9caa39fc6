/** The tables. Every column that holds content or a name is sealed (seal.ts); what is left plain is listed in docs/SECURITY.md. */

/** Entry n brings a file of version n to version n + 1. Entries are only ever added. */
export const MIGRATIONS: readonly string[] = [
  `
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

  -- body: sealed. state: of mine only. owed: the receipt that theirs still waits for
  CREATE TABLE message (
    position INTEGER PRIMARY KEY, peer INTEGER NOT NULL REFERENCES peer, id BLOB NOT NULL,
    origin TEXT NOT NULL, state TEXT, failure TEXT, owed TEXT, body BLOB NOT NULL
  ) STRICT;
  CREATE INDEX message_of_peer ON message (peer);
  CREATE UNIQUE INDEX message_by_id ON message (peer, id);
  CREATE INDEX message_owing ON message (peer, owed) WHERE owed IS NOT NULL;

  -- Ids of everything that ever arrived, receipts too: what is delivered again is known by them.
  CREATE TABLE received (peer INTEGER NOT NULL, id BLOB NOT NULL, PRIMARY KEY (peer, id)) STRICT, WITHOUT ROWID;

  -- What must still leave, in order. id: of a message, else empty. body: sealed
  CREATE TABLE outbox (
    position INTEGER PRIMARY KEY AUTOINCREMENT, peer INTEGER NOT NULL REFERENCES peer, verb TEXT NOT NULL,
    conversation BLOB NOT NULL, id BLOB NOT NULL, body BLOB NOT NULL
  ) STRICT;
  CREATE INDEX outbox_of_peer ON outbox (peer);
  `,
  `
  -- Positions are never given twice, not even when the newest message was deleted: a value is sealed for its position.
  -- expiry: sealed; of messages that disappear. body also holds when the message was stored, by our clock.
  CREATE TABLE message_2 (
    position INTEGER PRIMARY KEY AUTOINCREMENT, peer INTEGER NOT NULL REFERENCES peer, id BLOB NOT NULL,
    origin TEXT NOT NULL, state TEXT, failure TEXT, owed TEXT, expiry BLOB, body BLOB NOT NULL
  ) STRICT;
  INSERT INTO message_2 (position, peer, id, origin, state, failure, owed, body)
    SELECT position, peer, id, origin, state, failure, owed, body FROM message ORDER BY position;
  DROP TABLE message;
  ALTER TABLE message_2 RENAME TO message;
  CREATE INDEX message_of_peer ON message (peer);
  CREATE UNIQUE INDEX message_by_id ON message (peer, id);
  CREATE INDEX message_owing ON message (peer, owed) WHERE owed IS NOT NULL;
  CREATE INDEX message_expiring ON message (position) WHERE expiry IS NOT NULL;
  `,
  `
  -- What has no receipt is sealed anew when a conversation's keys are lost: found without reading a long history.
  CREATE INDEX message_undelivered ON message (peer, position) WHERE state IN ('waiting', 'sent');
  CREATE INDEX outbox_by_id ON outbox (peer, id);
  `,
];
