-- Who has let somebody in. Nobody knows of those who are here already: they count as people who came in by themselves, so
-- that none of them is taken for somebody whom the operator has added.
ALTER TABLE identities ADD COLUMN by_operator INTEGER NOT NULL DEFAULT 0;

-- Who was removed, and does not come back by themself.
CREATE TABLE removed_identities (
    provider TEXT NOT NULL,
    subject  TEXT NOT NULL,
    PRIMARY KEY (provider, subject)
) STRICT, WITHOUT ROWID;
