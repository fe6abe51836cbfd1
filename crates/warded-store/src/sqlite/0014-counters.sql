-- What was counted, in each window in which it counts (`Counters`): a clock that is set back finds the window that it left. A
-- counter is found by the hash of its name.
CREATE TABLE counts (
    counter BLOB NOT NULL,
    start   INTEGER NOT NULL,
    amount  INTEGER NOT NULL,
    until   INTEGER NOT NULL,
    PRIMARY KEY (counter, start)
) STRICT, WITHOUT ROWID;
CREATE INDEX counts_by_end ON counts (until);

-- What was taken for calls that are under way, or were when their process was killed. No id is given twice, or whoever settles
-- a call for the second time would settle another one.
CREATE TABLE reservations (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    node    TEXT NOT NULL,
    run     BLOB NOT NULL,
    request TEXT NOT NULL,
    since   INTEGER NOT NULL,
    taken   TEXT NOT NULL
) STRICT;
CREATE INDEX reservations_of_node ON reservations (node, since);
CREATE INDEX reservations_by_age ON reservations (since);

-- Calls that wait until somebody approves them (`Approvals`), and what was said of them.
CREATE TABLE approvals (
    id          TEXT PRIMARY KEY,
    fingerprint BLOB NOT NULL,
    server      TEXT NOT NULL,
    target      TEXT NOT NULL,
    arguments   TEXT,
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
