-- What an issuer that a company can run must not forget besides.

-- How clients prove to be themselves, what they said they are, who may change what they said, and when they were last of
-- use. Whoever has a secret could send it either way until now; `client_secret_basic` is what RFC 7591 takes for granted.
ALTER TABLE clients ADD COLUMN method TEXT NOT NULL DEFAULT 'none';
UPDATE clients SET method = 'client_secret_basic' WHERE secret IS NOT NULL;
ALTER TABLE clients ADD COLUMN jwks TEXT;
ALTER TABLE clients ADD COLUMN jwks_uri TEXT;
ALTER TABLE clients ADD COLUMN application_type TEXT;
ALTER TABLE clients ADD COLUMN management BLOB;
ALTER TABLE clients ADD COLUMN used_at INTEGER;
CREATE INDEX clients_idle ON clients (coalesce(used_at, created)) WHERE used = 1 AND by_operator = 0;

-- What a client's description said when somebody agreed to it. What was agreed to before this step knows of none: people
-- are asked again for clients that describe themselves.
ALTER TABLE consents ADD COLUMN document BLOB;

-- The keys that codes and refresh tokens are bound to (RFC 9449 §5, §10), and where the status of access tokens stands.
ALTER TABLE codes ADD COLUMN announced_key TEXT;
ALTER TABLE families ADD COLUMN sender_key TEXT;
ALTER TABLE families ADD COLUMN redirect_origin TEXT;
ALTER TABLE families ADD COLUMN used_at INTEGER;
ALTER TABLE families ADD COLUMN status_list INTEGER NOT NULL DEFAULT 0;
ALTER TABLE families ADD COLUMN status_index INTEGER NOT NULL DEFAULT 0;

-- The next free place in the status lists of each issuer. 1048576 is what `STATUS_LIST_LENGTH` says. Grants that are there
-- already get places of their own, or one that is taken back would take the others with it.
CREATE TABLE status_lists (
    issuer TEXT PRIMARY KEY,
    list   INTEGER NOT NULL,
    next   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
UPDATE families SET status_list = numbered.place / 1048576, status_index = numbered.place % 1048576
FROM (SELECT id, row_number() OVER (PARTITION BY issuer ORDER BY id) - 1 AS place FROM families) AS numbered
WHERE numbered.id = families.id;
INSERT INTO status_lists (issuer, list, next)
SELECT issuer, count(*) / 1048576, count(*) % 1048576 FROM families GROUP BY issuer;

-- What came of a refresh token: when, which, and for a while the answer, which only whoever holds the token can open.
ALTER TABLE refreshes ADD COLUMN spent_at INTEGER NOT NULL DEFAULT 0;
ALTER TABLE refreshes ADD COLUMN successor BLOB;
ALTER TABLE refreshes ADD COLUMN sealed BLOB;
ALTER TABLE refreshes ADD COLUMN sealed_until INTEGER;
CREATE INDEX refreshes_by_seal ON refreshes (sealed_until) WHERE sealed_until IS NOT NULL;

-- What was taken back, with the place of its status. `mark` names a token that comes of no family.
ALTER TABLE revoked ADD COLUMN issuer TEXT NOT NULL DEFAULT '';
ALTER TABLE revoked ADD COLUMN mark BLOB;
ALTER TABLE revoked ADD COLUMN status_list INTEGER;
ALTER TABLE revoked ADD COLUMN status_index INTEGER;
CREATE UNIQUE INDEX revoked_marks ON revoked (mark) WHERE mark IS NOT NULL;
CREATE INDEX revoked_by_status ON revoked (issuer, status_list, status_index) WHERE status_list IS NOT NULL;

DROP TRIGGER families_revoked;
CREATE TRIGGER families_revoked AFTER DELETE ON families WHEN old.keep >= 0
BEGIN
    INSERT INTO revoked (family, until, issuer, status_list, status_index)
    VALUES (old.id, old.tokens_end + 300, old.issuer, old.status_list, old.status_index);
END;

-- What providers call people.
CREATE TABLE identities (
    provider TEXT NOT NULL,
    subject  TEXT NOT NULL,
    person   TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    PRIMARY KEY (provider, subject)
) STRICT, WITHOUT ROWID;
CREATE INDEX identities_of_person ON identities (person);

-- Logins that are under way at providers.
CREATE TABLE pendings (
    digest   BLOB PRIMARY KEY,
    issuer   TEXT NOT NULL,
    provider TEXT NOT NULL,
    request  TEXT NOT NULL,
    browser  BLOB NOT NULL,
    nonce    BLOB NOT NULL,
    verifier BLOB NOT NULL,
    expires  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX pendings_by_end ON pendings (expires);

-- The signing keys of each issuer, by the name that the operator gave it. Those that stood among the secrets until now sign
-- nothing any more, and their tokens end within minutes.
DELETE FROM secrets WHERE name LIKE 'signing-key/%';
CREATE TABLE signing_keys (
    issuer          TEXT NOT NULL,
    kid             TEXT NOT NULL,
    algorithm       TEXT NOT NULL,
    pkcs8           BLOB NOT NULL,
    created         INTEGER NOT NULL,
    signs_from      INTEGER NOT NULL,
    signs_until     INTEGER NOT NULL,
    published_until INTEGER NOT NULL,
    PRIMARY KEY (issuer, kid)
) STRICT, WITHOUT ROWID;
CREATE INDEX signing_keys_by_end ON signing_keys (published_until);

-- A text that everybody knows, sealed by the store's key. Where it stands, secrets and signing keys are sealed too, and
-- whoever cannot open it has another key.
CREATE TABLE seals (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
