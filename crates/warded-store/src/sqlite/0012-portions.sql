-- A grant that ends must not take its refresh tokens along at once: there may be a hundred thousand, and nobody else writes
-- meanwhile. They are good for nothing without their family, so they stay, and leave in the sweep, some at a time. This table
-- says whose they were.
CREATE TABLE ended (
    family TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

-- As it was, but for the reference to its family.
CREATE TABLE refreshes_alone (
    digest       BLOB PRIMARY KEY,
    family       TEXT NOT NULL,
    expires      INTEGER NOT NULL,
    spent        INTEGER NOT NULL DEFAULT 0,
    spent_at     INTEGER NOT NULL DEFAULT 0,
    successor    BLOB,
    sealed       BLOB,
    sealed_until INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO refreshes_alone (digest, family, expires, spent, spent_at, successor, sealed, sealed_until)
SELECT digest, family, expires, spent, spent_at, successor, sealed, sealed_until FROM refreshes;
DROP TABLE refreshes;
ALTER TABLE refreshes_alone RENAME TO refreshes;
CREATE INDEX refreshes_of_family ON refreshes (family);
CREATE INDEX refreshes_by_end ON refreshes (expires);
CREATE INDEX refreshes_by_seal ON refreshes (sealed_until) WHERE sealed_until IS NOT NULL;

CREATE TRIGGER families_ended AFTER DELETE ON families
BEGIN
    INSERT INTO ended (family) VALUES (old.id) ON CONFLICT DO NOTHING;
END;

-- The name of a grant that stands in its tokens (`GrantMark`), so that the grant of a token is found by it. Whoever opens the
-- file writes those of the grants that are there already.
ALTER TABLE families ADD COLUMN mark BLOB;
CREATE UNIQUE INDEX families_by_mark ON families (mark);
