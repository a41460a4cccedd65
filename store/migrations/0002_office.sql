-- The records office: what records say beside what calls are found by, and the kinds of record that are kept as documents.

ALTER TABLE accounts ADD COLUMN settings {json} NOT NULL DEFAULT '{}';
ALTER TABLE users ADD COLUMN settings {json} NOT NULL DEFAULT '{}';
ALTER TABLE users ADD COLUMN password TEXT NOT NULL DEFAULT '';
ALTER TABLE teams ADD COLUMN must_tag BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE numbers ADD COLUMN settings {json} NOT NULL DEFAULT '{}';
ALTER TABLE flows ADD COLUMN base BIGINT NOT NULL DEFAULT 0;

-- Working hours, special dates, reasons, tags, blocked numbers, contacts, webhooks and keys: nothing is ever joined on what they say.
CREATE TABLE documents (
  id      TEXT PRIMARY KEY,
  kind    TEXT NOT NULL,
  account TEXT NOT NULL,
  name    TEXT NOT NULL,
  body    {json} NOT NULL,
  secrets {json} NOT NULL,
  UNIQUE (account, kind, name)
);

-- What is told of a call beside what it is found by, and what people did to it. It changed last when it was written, or marked after that.
ALTER TABLE calls ADD COLUMN extra {json} NOT NULL DEFAULT '{}';
ALTER TABLE calls ADD COLUMN missed TEXT NOT NULL DEFAULT '';
ALTER TABLE calls ADD COLUMN assigned_to TEXT NOT NULL DEFAULT '';
ALTER TABLE calls ADD COLUMN archived BOOLEAN NOT NULL DEFAULT FALSE;
ALTER TABLE calls ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;
UPDATE calls SET updated_at = CASE WHEN ended_at > 0 THEN ended_at ELSE started_at END;

-- The tags of a call, and the teams that it rang.
CREATE TABLE call_labels (
  call_id TEXT NOT NULL,
  kind    TEXT NOT NULL,
  label   TEXT NOT NULL,
  PRIMARY KEY (call_id, kind, label)
) {clustered};
CREATE INDEX call_labels_label ON call_labels (label, call_id);

CREATE TABLE call_comments (
  call_id TEXT NOT NULL,
  id      TEXT NOT NULL,
  at      BIGINT NOT NULL,
  by_user TEXT NOT NULL,
  text    TEXT NOT NULL,
  PRIMARY KEY (call_id, id)
) {clustered};

-- What happened, in the order of the transactions. A row is a block of events in the program's own compact form, of which the last has the place pos.
-- Listeners read on from a place; nothing is ever joined on an event.
CREATE TABLE events (
  pos   BIGINT PRIMARY KEY,
  count BIGINT NOT NULL,
  at    BIGINT NOT NULL,
  items {bytes} NOT NULL
);
CREATE INDEX events_at ON events (at);
INSERT INTO meta (key, value) VALUES ('event', 0), ('outbox', 1);

-- What users were doing (SPEC A14).
CREATE TABLE status_history (
  id      {identity},
  account TEXT NOT NULL,
  user_id TEXT NOT NULL,
  at      BIGINT NOT NULL,
  status  TEXT NOT NULL,
  reason  TEXT NOT NULL,
  device  TEXT NOT NULL,
  call_id TEXT NOT NULL
);
CREATE INDEX status_history_user ON status_history (user_id, at);
