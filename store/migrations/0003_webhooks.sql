-- Webhooks: each event on its way to each webhook that wants it, and how webhooks answer.

CREATE TABLE deliveries (
  position {identity},
  id       TEXT NOT NULL UNIQUE,
  webhook  TEXT NOT NULL,
  account  TEXT NOT NULL,
  event    TEXT NOT NULL,
  type     TEXT NOT NULL,
  subject  TEXT NOT NULL,
  seq      BIGINT NOT NULL,
  at       BIGINT NOT NULL,
  data     {json} NOT NULL,
  origin   TEXT NOT NULL,
  trace    TEXT NOT NULL,
  state    TEXT NOT NULL,
  due      BIGINT NOT NULL,
  lease    BIGINT NOT NULL,
  owner    TEXT NOT NULL,
  created  BIGINT NOT NULL,
  attempts {json} NOT NULL,
  body     {bytes} NOT NULL,
  response {bytes} NOT NULL
);
CREATE INDEX deliveries_log ON deliveries (webhook, position);
CREATE INDEX deliveries_due ON deliveries (webhook, due, position) WHERE state = 'waiting';
CREATE INDEX deliveries_order ON deliveries (webhook, subject, position) WHERE state = 'waiting';

-- Only webhooks whose last attempt failed are here.
CREATE TABLE webhook_health (
  webhook  TEXT PRIMARY KEY,
  failures BIGINT NOT NULL,
  since    BIGINT NOT NULL,
  paused   BIGINT NOT NULL
);

-- Signs what flows ask of programs outside.
CREATE TABLE signing (
  account TEXT PRIMARY KEY,
  secret  TEXT NOT NULL,
  former  TEXT NOT NULL,
  until   BIGINT NOT NULL
);

-- One node at a time hands events to webhooks, so that those of one subject keep their order: it holds this row meanwhile.
INSERT INTO meta (key, value) VALUES ('webhooks', 0);
