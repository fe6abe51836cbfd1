-- Who has let somebody in. Nobody knows of those who are here already: they count as people who came in by themselves, so
-- that none of them is taken for somebody whom the operator has added.
ALTER TABLE identities ADD COLUMN by_operator INTEGER NOT NULL DEFAULT 0;

-- Who was removed, and does not come back by themself.
CREATE TABLE removed_identities (
    provider TEXT NOT NULL,
    subject  TEXT NOT NULL,
    PRIMARY KEY (provider, subject)
) STRICT, WITHOUT ROWID;

-- When somebody showed who they are, where that is known: whoever came from a provider that did not say counted as having
-- done so just then. `since` is when they came here.
ALTER TABLE sessions RENAME COLUMN auth_time TO since;
ALTER TABLE sessions ADD COLUMN auth_time INTEGER;
UPDATE sessions SET auth_time = since WHERE user IN (SELECT id FROM users WHERE password IS NOT NULL);
ALTER TABLE families ADD COLUMN known_auth_time INTEGER;
UPDATE families SET known_auth_time = auth_time WHERE user IN (SELECT id FROM users WHERE password IS NOT NULL);
ALTER TABLE families DROP COLUMN auth_time;
ALTER TABLE families RENAME COLUMN known_auth_time TO auth_time;
