-- What may be used once (RFC 9449 §11.1), and until when that has to be remembered.
CREATE TABLE replays (mark BLOB PRIMARY KEY NOT NULL, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
CREATE INDEX replays_by_end ON replays (until);
