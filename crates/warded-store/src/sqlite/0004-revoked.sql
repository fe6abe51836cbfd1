-- Grants that were taken back while access tokens of theirs may be out. The trigger sees every way in which a grant ends:
-- also where its person or client is removed, by another process. A sweep is none: it marks what it sweeps with -1 first.
-- A day and five minutes is what `REVOKED_LASTS` says.
CREATE TABLE revoked (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    family TEXT NOT NULL,
    until  INTEGER NOT NULL
) STRICT;
CREATE INDEX revoked_by_end ON revoked (until);

CREATE TRIGGER families_revoked AFTER DELETE ON families WHEN old.keep >= 0
BEGIN
    INSERT INTO revoked (family, until) VALUES (old.id, old.keep + 86700);
END;
