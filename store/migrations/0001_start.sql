-- Everything of the first version. Times are Unix milliseconds made by the program, 0 where there is none; ids are time-ordered text;
-- what is never joined on is JSON.

CREATE TABLE meta (
  key   TEXT PRIMARY KEY,
  value BIGINT NOT NULL
);
INSERT INTO meta (key, value) VALUES ('state', 1), ('call_number', 1);

-- One row per data directory: how far its spool of calls is written, and the call numbers it may give out.
CREATE TABLE nodes (
  id            TEXT PRIMARY KEY,
  spool_segment BIGINT NOT NULL,
  spool_offset  BIGINT NOT NULL,
  number_next   BIGINT NOT NULL,
  number_end    BIGINT NOT NULL
);

CREATE TABLE accounts (
  id       TEXT PRIMARY KEY,
  name     TEXT NOT NULL UNIQUE,
  language TEXT NOT NULL,
  country  TEXT NOT NULL
);

CREATE TABLE users (
  id            TEXT PRIMARY KEY,
  account       TEXT NOT NULL,
  name          TEXT NOT NULL,
  email         TEXT NOT NULL UNIQUE,
  extension     TEXT NOT NULL,
  outgoing_only BOOLEAN NOT NULL,
  never_ring    BOOLEAN NOT NULL,
  call_waiting  BOOLEAN NOT NULL,
  availability  TEXT NOT NULL,
  caller_id     TEXT NOT NULL,
  voicemail     {json} NOT NULL
);
CREATE UNIQUE INDEX users_extension ON users (account, extension) WHERE extension <> '';

CREATE TABLE freed_extensions (
  account   TEXT NOT NULL,
  extension TEXT NOT NULL,
  at        BIGINT NOT NULL,
  PRIMARY KEY (account, extension)
);

CREATE TABLE devices (
  id         TEXT PRIMARY KEY,
  account    TEXT NOT NULL,
  user_id    TEXT NOT NULL,
  kind       TEXT NOT NULL,
  aor        TEXT NOT NULL UNIQUE,
  username   TEXT NOT NULL,
  ha1_md5    TEXT NOT NULL,
  ha1_sha256 TEXT NOT NULL
);
CREATE INDEX devices_user ON devices (user_id);

CREATE TABLE teams (
  id      TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  name    TEXT NOT NULL,
  UNIQUE (account, name)
);

CREATE TABLE team_users (
  team_id  TEXT NOT NULL,
  user_id  TEXT NOT NULL,
  position BIGINT NOT NULL,
  PRIMARY KEY (team_id, user_id)
);

CREATE TABLE numbers (
  id                    TEXT PRIMARY KEY,
  account               TEXT NOT NULL,
  e164                  TEXT NOT NULL UNIQUE,
  name                  TEXT NOT NULL,
  kind                  TEXT NOT NULL,
  flow_id               TEXT NOT NULL,
  ring_before_answer_ms BIGINT NOT NULL
);

CREATE TABLE number_users (
  number_id TEXT NOT NULL,
  user_id   TEXT NOT NULL,
  position  BIGINT NOT NULL,
  PRIMARY KEY (number_id, user_id)
);

CREATE TABLE number_teams (
  number_id TEXT NOT NULL,
  team_id   TEXT NOT NULL,
  position  BIGINT NOT NULL,
  PRIMARY KEY (number_id, team_id)
);

CREATE TABLE trunks (
  id               TEXT PRIMARY KEY,
  account          TEXT NOT NULL,
  name             TEXT NOT NULL UNIQUE,
  sources          {json} NOT NULL,
  servers          {json} NOT NULL,
  in_username      TEXT NOT NULL,
  in_ha1_md5       TEXT NOT NULL,
  in_ha1_sha256    TEXT NOT NULL,
  out_username     TEXT NOT NULL,
  out_password     TEXT NOT NULL,
  out_realm        TEXT NOT NULL,
  domain           TEXT NOT NULL,
  register         BOOLEAN NOT NULL,
  options_every_ms BIGINT NOT NULL,
  country          TEXT NOT NULL,
  dial             TEXT NOT NULL,
  emergency        BOOLEAN NOT NULL,
  priority         BIGINT NOT NULL,
  media_allow      {json} NOT NULL,
  max_calls        BIGINT NOT NULL,
  trust_pai        BOOLEAN NOT NULL
);

CREATE TABLE flows (
  id      TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  name    TEXT NOT NULL,
  version BIGINT NOT NULL,
  draft   TEXT NOT NULL,
  UNIQUE (account, name)
);

CREATE TABLE flow_versions (
  flow_id      TEXT NOT NULL,
  version      BIGINT NOT NULL,
  body         TEXT NOT NULL,
  published_at BIGINT NOT NULL,
  published_by TEXT NOT NULL,
  PRIMARY KEY (flow_id, version)
);

CREATE TABLE audio (
  id      TEXT PRIMARY KEY,
  account TEXT NOT NULL,
  name    TEXT NOT NULL,
  sha256  TEXT NOT NULL,
  size    BIGINT NOT NULL,
  content {bytes} NOT NULL,
  UNIQUE (account, name)
);

CREATE TABLE calls (
  id           TEXT PRIMARY KEY,
  number       BIGINT NOT NULL,
  account      TEXT NOT NULL,
  node         TEXT NOT NULL,
  direction    TEXT NOT NULL,
  status       TEXT NOT NULL,
  outcome      TEXT NOT NULL,
  from_number  TEXT NOT NULL,
  to_number    TEXT NOT NULL,
  anonymous    BOOLEAN NOT NULL,
  number_id    TEXT NOT NULL,
  user_id      TEXT NOT NULL,
  flow_id      TEXT NOT NULL,
  flow_version BIGINT NOT NULL,
  trunk        TEXT NOT NULL,
  started_at   BIGINT NOT NULL,
  queued_at    BIGINT NOT NULL,
  answered_at  BIGINT NOT NULL,
  ended_at     BIGINT NOT NULL,
  cause_q850   BIGINT NOT NULL,
  cause_sip    BIGINT NOT NULL,
  cause_text   TEXT NOT NULL,
  ended_by     TEXT NOT NULL,
  voicemail    {json} NOT NULL,
  notified     {json} NOT NULL
) {clustered};
CREATE UNIQUE INDEX calls_number ON calls (number);
CREATE INDEX calls_account ON calls (account, id);
CREATE INDEX calls_open ON calls (node) WHERE status <> 'ended';

-- The legs and the timeline of a call that is over, in the program's own compact form: nothing is ever looked for in them.
CREATE TABLE details (
  call_id TEXT PRIMARY KEY,
  items   {bytes} NOT NULL
) {clustered};

-- The requests and responses of a call, in the program's own compact form. Only the newest are kept.
CREATE TABLE ladder (
  call_id TEXT PRIMARY KEY,
  at      BIGINT NOT NULL,
  items   {bytes} NOT NULL
);

CREATE TABLE audit (
  id      {identity},
  at      BIGINT NOT NULL,
  actor   TEXT NOT NULL,
  account TEXT NOT NULL,
  verb    TEXT NOT NULL,
  kind    TEXT NOT NULL,
  record  TEXT NOT NULL,
  name    TEXT NOT NULL,
  fields  {json} NOT NULL
);

CREATE TABLE outbox (
  id      TEXT PRIMARY KEY,
  type    TEXT NOT NULL,
  account TEXT NOT NULL,
  subject TEXT NOT NULL,
  seq     BIGINT NOT NULL,
  at      BIGINT NOT NULL,
  data    {json} NOT NULL,
  due     BIGINT NOT NULL,
  lease   BIGINT NOT NULL,
  owner   TEXT NOT NULL,
  attempt BIGINT NOT NULL,
  done    BOOLEAN NOT NULL
) {clustered};
CREATE INDEX outbox_due ON outbox (due) WHERE NOT done;
