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
ALTER TABLE calls ADD COLUMN seq BIGINT NOT NULL DEFAULT 0; -- of its last event
ALTER TABLE calls ADD COLUMN updated_at BIGINT NOT NULL DEFAULT 0;
UPDATE calls SET updated_at = CASE WHEN ended_at > 0 THEN ended_at ELSE started_at END, seq = 1048576;

-- How calls are found, in the order of their ids (docs/plans.md shows the plans). What few calls are is indexed for those alone.
CREATE INDEX calls_user ON calls (user_id, id) WHERE user_id <> '';
CREATE INDEX calls_line ON calls (number_id, id) WHERE number_id <> '';
CREATE INDEX calls_from ON calls (from_number, id);
CREATE INDEX calls_to ON calls (to_number, id);
CREATE INDEX calls_missed ON calls (account, missed, id) WHERE missed <> '';
CREATE INDEX calls_assigned ON calls (assigned_to, id) WHERE assigned_to <> '';
CREATE INDEX calls_archived ON calls (account, id) WHERE archived;
CREATE INDEX calls_touched ON calls (account, id) WHERE updated_at > started_at + 3600000;

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

-- Who was told of which missed call (SPEC L11).
CREATE TABLE notifications (
  id          TEXT PRIMARY KEY,
  account     TEXT NOT NULL,
  user_id     TEXT NOT NULL,
  call_id     TEXT NOT NULL,
  call_number BIGINT NOT NULL,
  number_id   TEXT NOT NULL,
  from_number TEXT NOT NULL,
  anonymous   BOOLEAN NOT NULL,
  reason      TEXT NOT NULL,
  at          BIGINT NOT NULL,
  read_at     BIGINT NOT NULL,
  handled_at  BIGINT NOT NULL,
  handled_by  TEXT NOT NULL,
  call_back   TEXT NOT NULL
) {clustered};
CREATE INDEX notifications_user ON notifications (user_id, id);
CREATE INDEX notifications_account ON notifications (account, id);
CREATE UNIQUE INDEX notifications_call ON notifications (call_id, user_id);
CREATE INDEX notifications_open ON notifications (account, from_number) WHERE handled_at = 0;

-- Random values by name, made once: they sign sessions, for example.
CREATE TABLE secrets (
  name  TEXT PRIMARY KEY,
  value {bytes} NOT NULL
);

-- Answers to requests that may be repeated (API.md section 1), and when keys were shown last.
CREATE TABLE remembered (
  key    TEXT PRIMARY KEY,
  until  BIGINT NOT NULL,
  answer {bytes} NOT NULL
);
CREATE INDEX remembered_until ON remembered (until);

CREATE TABLE key_use (
  key_id TEXT PRIMARY KEY,
  at     BIGINT NOT NULL
);

-- Who spoke to whom last, for 90 days.
CREATE TABLE acquaintances (
  account TEXT NOT NULL,
  caller  TEXT NOT NULL,
  user_id TEXT NOT NULL,
  at      BIGINT NOT NULL,
  PRIMARY KEY (account, caller)
) {clustered};
CREATE INDEX acquaintances_at ON acquaintances (at);

CREATE INDEX audit_account ON audit (account, id);
CREATE INDEX audit_record ON audit (record, id);
