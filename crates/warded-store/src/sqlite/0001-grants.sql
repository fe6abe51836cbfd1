-- Everything that the issuers must not forget. Secrets stand here as SHA-256 hashes only, passwords as argon2id;
-- the exception are the keys in `secrets`, which is why the file is readable by its owner alone.
CREATE TABLE secrets (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE users (
    id       TEXT PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE,
    password TEXT,
    created  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    digest    BLOB PRIMARY KEY,
    issuer    TEXT NOT NULL,
    user      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    auth_time INTEGER NOT NULL,
    expires   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_of_user ON sessions (user);
CREATE INDEX sessions_by_end ON sessions (expires);

CREATE TABLE clients (
    issuer        TEXT NOT NULL,
    id            TEXT NOT NULL,
    name          TEXT,
    secret        BLOB,
    redirect_uris TEXT NOT NULL,
    grants        TEXT NOT NULL,
    pinned        TEXT,
    by_operator   INTEGER NOT NULL,
    used          INTEGER NOT NULL DEFAULT 0,
    created       INTEGER NOT NULL,
    PRIMARY KEY (issuer, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX clients_never_used ON clients (created) WHERE used = 0 AND by_operator = 0;

-- `client` refers to no row: a client may be the URL of its own description.
CREATE TABLE families (
    id        TEXT PRIMARY KEY,
    issuer    TEXT NOT NULL,
    client    TEXT NOT NULL,
    user      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    resource  TEXT NOT NULL,
    scopes    TEXT NOT NULL,
    auth_time INTEGER NOT NULL,
    ends      INTEGER NOT NULL,
    keep      INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX families_of_user ON families (user);
CREATE INDEX families_of_client ON families (issuer, client);
CREATE INDEX families_by_end ON families (keep);

CREATE TABLE codes (
    digest       BLOB PRIMARY KEY,
    family       TEXT NOT NULL REFERENCES families (id) ON DELETE CASCADE,
    redirect_uri TEXT NOT NULL,
    challenge    TEXT NOT NULL,
    expires      INTEGER NOT NULL,
    spent        INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX codes_of_family ON codes (family);

CREATE TABLE refreshes (
    digest  BLOB PRIMARY KEY,
    family  TEXT NOT NULL REFERENCES families (id) ON DELETE CASCADE,
    expires INTEGER NOT NULL,
    spent   INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE INDEX refreshes_of_family ON refreshes (family);
CREATE INDEX refreshes_by_end ON refreshes (expires);

CREATE TABLE consents (
    issuer          TEXT NOT NULL,
    user            TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client          TEXT NOT NULL,
    redirect_origin TEXT NOT NULL,
    resource        TEXT NOT NULL,
    scopes          TEXT NOT NULL,
    PRIMARY KEY (issuer, user, client, redirect_origin, resource)
) STRICT, WITHOUT ROWID;
CREATE INDEX consents_of_user ON consents (user);
CREATE INDEX consents_of_client ON consents (issuer, client);
