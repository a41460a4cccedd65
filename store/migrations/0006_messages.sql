-- Messages: each once, in the one order of the log of events; what they call for, and what networks and people say of them.

-- What passed between a number and somebody; its key is both, with a blank between them.
CREATE TABLE conversations (
  id         TEXT PRIMARY KEY,
  pair       TEXT NOT NULL UNIQUE,
  account    TEXT NOT NULL,
  number     TEXT NOT NULL,
  peer       TEXT NOT NULL,
  open       BOOLEAN NOT NULL,
  assignee   TEXT NOT NULL,
  unread     BIGINT NOT NULL,
  last_id    TEXT NOT NULL,
  last_at    BIGINT NOT NULL,
  created_at BIGINT NOT NULL
);
CREATE INDEX conversations_account ON conversations (account, last_at, id);
CREATE INDEX conversations_number ON conversations (number, last_at, id);
CREATE INDEX conversations_peer ON conversations (peer);
CREATE INDEX conversations_assignee ON conversations (assignee, last_at, id) WHERE assignee <> '';
CREATE INDEX conversations_unread ON conversations (account, last_at, id) WHERE unread > 0;

-- nth counts what a number sent, from 1; 0: it came in. So a guard looks at one row for each of its limits. What is no text has no place, and no conversation.
CREATE TABLE messages (
  id           TEXT PRIMARY KEY,
  place        BIGINT NOT NULL,
  account      TEXT NOT NULL,
  number       TEXT NOT NULL,
  own          TEXT NOT NULL,
  peer         TEXT NOT NULL,
  conversation TEXT NOT NULL,
  direction    TEXT NOT NULL,
  channel      TEXT NOT NULL,
  user_id      TEXT NOT NULL,
  call_id      TEXT NOT NULL,
  body         TEXT NOT NULL,
  encoding     TEXT NOT NULL,
  class        TEXT NOT NULL,
  segments     BIGINT NOT NULL,
  missing      BIGINT NOT NULL,
  emergency    BOOLEAN NOT NULL,
  state        TEXT NOT NULL,
  reason       TEXT NOT NULL,
  attempts     {json} NOT NULL,
  at           BIGINT NOT NULL,
  updated_at   BIGINT NOT NULL,
  seq          BIGINT NOT NULL,
  nth          BIGINT NOT NULL
) {clustered};
CREATE UNIQUE INDEX messages_place ON messages (place) WHERE place > 0;
CREATE INDEX messages_account ON messages (account, place);
CREATE INDEX messages_number ON messages (number, place);
CREATE INDEX messages_conversation ON messages (conversation, place);
CREATE INDEX messages_user ON messages (user_id, place) WHERE user_id <> '';
CREATE INDEX messages_trouble ON messages (account, place) WHERE state = 'failed' OR state = 'unknown';
CREATE INDEX messages_late ON messages (account, place) WHERE updated_at > at + 86400000;
CREATE UNIQUE INDEX messages_nth ON messages (number, nth) WHERE nth > 0;

-- How many messages each number sent.
CREATE TABLE message_tallies (
  number TEXT PRIMARY KEY,
  sent   BIGINT NOT NULL
) {clustered};

-- What makes a repeat the same message: the names that senders gave, and prints, each with the binds by which it came.
CREATE TABLE message_keys (
  name    TEXT PRIMARY KEY,
  message TEXT NOT NULL,
  at      BIGINT NOT NULL,
  until   BIGINT NOT NULL
) {clustered};
CREATE INDEX message_keys_until ON message_keys (until);

CREATE TABLE message_prints (
  print   TEXT NOT NULL,
  message TEXT NOT NULL,
  bind    TEXT NOT NULL,
  expects BOOLEAN NOT NULL,
  at      BIGINT NOT NULL,
  until   BIGINT NOT NULL,
  PRIMARY KEY (print, message, bind)
) {clustered};
CREATE INDEX message_prints_until ON message_prints (until);

-- Who wants no messages from a number; pair as that of a conversation.
CREATE TABLE message_optouts (
  pair   TEXT PRIMARY KEY,
  number TEXT NOT NULL,
  peer   TEXT NOT NULL,
  word   TEXT NOT NULL,
  at     BIGINT NOT NULL
);
CREATE INDEX message_optouts_number ON message_optouts (number);

-- Messages on their way. Segments are how many the other took, arrived those of which a receipt came; pending is what a receipt without a name would be found by. Ids lie in the one order, and slot is the place of one in its message; head is the first of its lane that is not over.
CREATE TABLE message_deliveries (
  id        BIGINT PRIMARY KEY,
  message   TEXT NOT NULL,
  slot      BIGINT NOT NULL,
  account   TEXT NOT NULL,
  channel   TEXT NOT NULL,
  route     TEXT NOT NULL,
  lane      TEXT NOT NULL,
  from_addr TEXT NOT NULL,
  to_addr   TEXT NOT NULL,
  imsi      TEXT NOT NULL,
  raw       {bytes} NOT NULL,
  receipt   BOOLEAN NOT NULL,
  state     TEXT NOT NULL,
  head      BOOLEAN NOT NULL,
  reason    TEXT NOT NULL,
  tries     BIGINT NOT NULL,
  repeated  BOOLEAN NOT NULL,
  due       BIGINT NOT NULL,
  lease     BIGINT NOT NULL,
  owner     TEXT NOT NULL,
  until     BIGINT NOT NULL,
  created   BIGINT NOT NULL,
  ended     BIGINT NOT NULL,
  segments  BIGINT NOT NULL,
  arrived   BIGINT NOT NULL,
  pending   TEXT NOT NULL
);
CREATE INDEX message_deliveries_due ON message_deliveries (route, due, id) WHERE state = 'waiting' AND head;
CREATE UNIQUE INDEX message_deliveries_head ON message_deliveries (lane) WHERE head;
CREATE INDEX message_deliveries_lane ON message_deliveries (lane, id) WHERE state = 'waiting' OR state = 'submitting';
CREATE INDEX message_deliveries_owner ON message_deliveries (owner) WHERE state = 'submitting';
CREATE INDEX message_deliveries_pending ON message_deliveries (pending, id) WHERE state = 'sent' OR state = 'in_doubt' OR state = 'submitting';
CREATE INDEX message_deliveries_message ON message_deliveries (message);
CREATE INDEX message_deliveries_until ON message_deliveries (until) WHERE state = 'waiting' AND until > 0;
CREATE INDEX message_deliveries_ended ON message_deliveries (ended) WHERE ended > 0;

-- What the other side calls each segment that it took: the connector, a blank, and its name there.
CREATE TABLE message_submits (
  delivery BIGINT NOT NULL,
  segment  BIGINT NOT NULL,
  remote   TEXT NOT NULL,
  state    TEXT NOT NULL,
  PRIMARY KEY (delivery, segment)
) {clustered};
CREATE INDEX message_submits_remote ON message_submits (remote, delivery) WHERE remote <> '';

-- Receipts that fit no message yet, under each name that the message may have, and under its parties.
CREATE TABLE message_receipts (
  remote TEXT NOT NULL,
  id     TEXT NOT NULL,
  nth    BIGINT NOT NULL,
  state  TEXT NOT NULL,
  reason TEXT NOT NULL,
  until  BIGINT NOT NULL,
  PRIMARY KEY (remote, id)
) {clustered};
CREATE INDEX message_receipts_id ON message_receipts (id);
CREATE INDEX message_receipts_until ON message_receipts (until);

-- Sets of segments. One is open, overdue, or done, and remembered for a day then; old ones of the same name lie beside it.
CREATE TABLE message_sets (
  id      TEXT PRIMARY KEY,
  name    TEXT NOT NULL,
  crowd   TEXT NOT NULL,
  state   TEXT NOT NULL,
  began   BIGINT NOT NULL,
  changed BIGINT NOT NULL
) {clustered};
CREATE UNIQUE INDEX message_sets_open ON message_sets (name) WHERE state = 'open';
CREATE INDEX message_sets_name ON message_sets (name);
CREATE INDEX message_sets_crowd ON message_sets (crowd, began) WHERE state = 'open';
CREATE INDEX message_sets_began ON message_sets (began) WHERE state = 'open';
CREATE INDEX message_sets_overdue ON message_sets (began) WHERE state = 'overdue';
CREATE INDEX message_sets_done ON message_sets (changed) WHERE state = 'done';

CREATE TABLE message_parts (
  set_id  TEXT NOT NULL,
  number  BIGINT NOT NULL,
  print   TEXT NOT NULL,
  arrival {bytes} NOT NULL,
  PRIMARY KEY (set_id, number)
) {clustered};

INSERT INTO meta (key, value) VALUES ('message_delivery', 0);
