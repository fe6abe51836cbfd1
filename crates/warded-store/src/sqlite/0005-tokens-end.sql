-- From when on the last access token of a grant opens nothing: that the grant was taken back is of use for no longer. Five
-- minutes is what `REVOKED_LASTS` says. Nobody knows of the grants that are there already; `keep` is when it expires, or
-- later, and five minutes are the most leeway that there is.
ALTER TABLE families ADD COLUMN tokens_end INTEGER NOT NULL DEFAULT 0;
UPDATE families SET tokens_end = max(keep, 0) + 300;

DROP TRIGGER families_revoked;
CREATE TRIGGER families_revoked AFTER DELETE ON families WHEN old.keep >= 0
BEGIN
    INSERT INTO revoked (family, until) VALUES (old.id, old.tokens_end + 300);
END;
