-- The last day whose e-mail of missed calls went to a user: it is sent once, whoever runs on the same records.

CREATE TABLE digests (
  user_id TEXT PRIMARY KEY,
  day     TEXT NOT NULL
);
