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
