/** The tables. Every column that holds content or a name is sealed (seal.ts); the plain ones are listed in docs/SECURITY.md. */

/** Of the file (PRAGMA user_version). Nothing has been released: until then a change is made in place. */
export const SCHEMA_VERSION = 1;

export const SCHEMA = `
  -- value: sealed
  CREATE TABLE setting (name TEXT PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID;

  -- Everybody who is named in this store, oneself too. tag: keyed hash of the name. name: sealed
  CREATE TABLE person (id INTEGER PRIMARY KEY, tag BLOB NOT NULL UNIQUE, name BLOB NOT NULL) STRICT;

  -- Other people. record (keys, trust, block): sealed JSON
  CREATE TABLE contact (person INTEGER PRIMARY KEY REFERENCES person, record BLOB NOT NULL) STRICT;

  -- tag: keyed hash of the chat's id. record (the id, and what the user sees: phase, counters, draft, settings): sealed JSON
  CREATE TABLE chat (id INTEGER PRIMARY KEY, tag BLOB NOT NULL UNIQUE, record BLOB NOT NULL) STRICT;

  -- A chat's group: which conversation is in use, which one is being agreed on. record: sealed JSON
  CREATE TABLE chat_group (chat INTEGER PRIMARY KEY REFERENCES chat, record BLOB NOT NULL) STRICT;

  -- state: sealed MLS state
  CREATE TABLE conversation (
    id BLOB NOT NULL UNIQUE, chat INTEGER NOT NULL REFERENCES chat, state BLOB NOT NULL
  ) STRICT;
  CREATE INDEX conversation_of_chat ON conversation (chat);

  -- author: none of the chat's own events. body: sealed, with our clock's time of storing it.
  -- state: of an outgoing message, for all receivers together. expiry: sealed; of a disappearing message. unread: of a received one.
  -- target: of a change of another message. An outgoing change is here until all receivers have it, a received one (early = 1)
  -- until its target arrives.
  -- Positions are never reused, not even that of a deleted newest message, since values are sealed for their position.
  CREATE TABLE message (
    position INTEGER PRIMARY KEY AUTOINCREMENT, chat INTEGER NOT NULL REFERENCES chat, id BLOB NOT NULL,
    author INTEGER REFERENCES person, state TEXT, failure TEXT, unread INTEGER NOT NULL,
    target BLOB, early INTEGER NOT NULL, expiry BLOB, body BLOB NOT NULL
  ) STRICT;
  CREATE INDEX message_shown ON message (chat) WHERE target IS NULL;
  CREATE INDEX message_changes ON message (chat, target) WHERE target IS NOT NULL;
  CREATE INDEX message_early ON message (chat, author) WHERE early = 1;
  CREATE UNIQUE INDEX message_by_id ON message (chat, id);
  CREATE INDEX message_expiring ON message (position) WHERE expiry IS NOT NULL;
  -- Finds messages without a receipt, which are sealed again when a conversation's keys are lost, without reading a long history.
  CREATE INDEX message_undelivered ON message (chat, position) WHERE state IN ('waiting', 'sent');

  -- The receivers of outgoing messages. receipt: NULL, 'delivered' or 'read'
  CREATE TABLE receiver (
    message INTEGER NOT NULL REFERENCES message ON DELETE CASCADE, person INTEGER NOT NULL REFERENCES person,
    receipt TEXT, PRIMARY KEY (message, person)
  ) STRICT, WITHOUT ROWID;

  -- All versions of an edited message, by revision. body: sealed
  CREATE TABLE revision (
    message INTEGER NOT NULL REFERENCES message ON DELETE CASCADE, number INTEGER NOT NULL, body BLOB NOT NULL,
    PRIMARY KEY (message, number)
  ) STRICT, WITHOUT ROWID;

  -- The present marks of each person on a message. body: sealed
  CREATE TABLE mark (
    message INTEGER NOT NULL REFERENCES message ON DELETE CASCADE, person INTEGER NOT NULL REFERENCES person,
    name TEXT NOT NULL, body BLOB NOT NULL, PRIMARY KEY (message, person, name)
  ) STRICT, WITHOUT ROWID;

  -- Ids of received messages and requests, by which repeated deliveries are recognised. signal: numbers receipts, changes and the like, which are not shown
  -- as messages; only the last of them are kept, and those that are owed a receipt. receipted: whether receipts are sent for it; owed: the one still to be sent.
  -- unopened: what came under that id did not open, and the message itself may still come.
  CREATE TABLE received (
    chat INTEGER NOT NULL, id BLOB NOT NULL, signal INTEGER, receipted INTEGER NOT NULL DEFAULT 0, owed TEXT,
    unopened INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (chat, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX received_signals ON received (chat, signal) WHERE signal IS NOT NULL;
  CREATE INDEX received_owing ON received (chat, owed) WHERE owed IS NOT NULL;

  -- Files of messages that are here, wanted or lost. item: its number in its message. place: of its sealed copy, a random name in
  -- files/. unasked: the bytes of one that was fetched without being asked for. body: sealed
  CREATE TABLE file (
    message INTEGER NOT NULL REFERENCES message ON DELETE CASCADE, item INTEGER NOT NULL, state TEXT NOT NULL,
    place TEXT, unasked INTEGER NOT NULL, body BLOB NOT NULL, PRIMARY KEY (message, item)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX file_wanted ON file (message, item) WHERE state = 'wanted';

  -- Files on their way to the server, which become the message of that id. body: sealed
  CREATE TABLE parcel (
    number INTEGER PRIMARY KEY AUTOINCREMENT, chat INTEGER NOT NULL REFERENCES chat, id BLOB NOT NULL, body BLOB NOT NULL,
    UNIQUE (chat, id)
  ) STRICT;

  -- Blobs of mine that the server is to drop. body: sealed. Numbers are never given twice: a value is sealed for its number.
  CREATE TABLE unwanted_blob (number INTEGER PRIMARY KEY AUTOINCREMENT, body BLOB NOT NULL) STRICT;

  -- Everything that must still leave, in order. id: of a message, else empty. kept: it has left; 1: the server has stored it, 2: its
  -- receiver has confirmed it. passed: it has no receipt, but a later one has. body: sealed
  CREATE TABLE outbox (
    position INTEGER PRIMARY KEY AUTOINCREMENT, chat INTEGER NOT NULL REFERENCES chat, verb TEXT NOT NULL,
    conversation BLOB NOT NULL, id BLOB NOT NULL, kept INTEGER NOT NULL DEFAULT 0,
    passed INTEGER NOT NULL DEFAULT 0, body BLOB NOT NULL
  ) STRICT;
  CREATE INDEX outbox_of_chat ON outbox (chat, kept);
  CREATE INDEX outbox_by_id ON outbox (chat, id);
  CREATE INDEX outbox_passed ON outbox (chat) WHERE passed = 1;
`;
