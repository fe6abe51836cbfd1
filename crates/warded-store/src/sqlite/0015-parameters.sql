-- What a held call is called with, so that whoever approves it sees how it begins and ends: of many parameters, `parameters` has
-- how they begin, and the others how they end, how many bytes all of them are, and their SHA-256. Calls are held for minutes:
-- those that are there already are asked for once more.
DROP TABLE approvals;
CREATE TABLE approvals (
    id          TEXT PRIMARY KEY,
    fingerprint BLOB NOT NULL,
    server      TEXT NOT NULL,
    target      TEXT NOT NULL,
    parameters  TEXT NOT NULL,
    parameters_end    TEXT,
    parameters_bytes  INTEGER,
    parameters_sha256 BLOB,
    rule        TEXT NOT NULL,
    issuer      TEXT NOT NULL,
    subject     TEXT NOT NULL,
    client      TEXT NOT NULL,
    lasts       INTEGER NOT NULL,
    created     INTEGER NOT NULL,
    expires     INTEGER NOT NULL,
    ruling      TEXT NOT NULL,
    ruled_by    TEXT,
    ruled_at    INTEGER,
    uses        INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX approvals_of_call ON approvals (fingerprint, expires);
CREATE INDEX approvals_of_caller ON approvals (issuer, subject, ruling, expires);
CREATE INDEX approvals_that_wait ON approvals (ruling, expires);
CREATE INDEX approvals_by_end ON approvals (expires);
