-- Credit for mobile data: what each subscription may use and used, the data sessions that draw on it, and what they were answered.

CREATE TABLE charging_balances (
  id        TEXT PRIMARY KEY,
  account   TEXT NOT NULL,
  begins    BIGINT NOT NULL,
  ends      BIGINT NOT NULL,
  package   BIGINT NOT NULL,
  topped_up BIGINT NOT NULL,
  used      BIGINT NOT NULL,
  reserved  BIGINT NOT NULL,
  told      BIGINT NOT NULL
);
CREATE INDEX charging_balances_ends ON charging_balances (ends);

CREATE TABLE charging_sessions (
  peer    TEXT NOT NULL,
  name    TEXT NOT NULL,
  balance TEXT NOT NULL,
  point   TEXT NOT NULL,
  memo    TEXT NOT NULL,
  roaming BIGINT NOT NULL,
  free    BOOLEAN NOT NULL,
  opened  BIGINT NOT NULL,
  heard   BIGINT NOT NULL,
  until   BIGINT NOT NULL,
  closed  BIGINT NOT NULL,
  swept   BOOLEAN NOT NULL,
  highest BIGINT NOT NULL,
  missing BIGINT NOT NULL,
  used    BIGINT NOT NULL,
  held    TEXT NOT NULL,
  PRIMARY KEY (peer, name)
) {clustered};
CREATE INDEX charging_sessions_due ON charging_sessions (until) WHERE closed = 0;
CREATE INDEX charging_sessions_open ON charging_sessions (balance, opened) WHERE closed = 0;
CREATE INDEX charging_sessions_closed ON charging_sessions (closed) WHERE closed > 0;

-- The same request again gets the same answer.
CREATE TABLE charging_answers (
  peer   TEXT NOT NULL,
  name   TEXT NOT NULL,
  number BIGINT NOT NULL,
  answer TEXT NOT NULL,
  PRIMARY KEY (peer, name, number)
) {clustered};

CREATE TABLE charging_days (
  balance TEXT NOT NULL,
  day     TEXT NOT NULL,
  used    BIGINT NOT NULL,
  PRIMARY KEY (balance, day)
) {clustered};
CREATE INDEX charging_days_day ON charging_days (day);
