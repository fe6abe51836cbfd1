-- A store as version 2 of the tables left it, with something in each of them.
BEGIN TRANSACTION;
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
INSERT INTO "clients" VALUES('https://mcp.example.com/issuers/default','editor','Editor',X'FDCE8E4A65B70D186BD77CBA2E0C580DCF1C6497DA9F1B70EED849497E1F8BA2','["http://127.0.0.1/callback","https://a.example/x?y=\""]','authorization_code refresh_token','https://mcp.example.com/notes/mcp',1,1,1800000000);
INSERT INTO "clients" VALUES('https://mcp.example.com/issuers/default','visitor',NULL,NULL,'["https://a.example/cb"]','authorization_code',NULL,0,0,1800000000);
CREATE TABLE codes (
    digest       BLOB PRIMARY KEY,
    family       TEXT NOT NULL REFERENCES families (id) ON DELETE CASCADE,
    redirect_uri TEXT NOT NULL,
    challenge    TEXT NOT NULL,
    expires      INTEGER NOT NULL,
    spent        INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
INSERT INTO "codes" VALUES(X'A115370EF2F8FB9F36C3F109830FE374D814B1CE0767533BD03202D872166EC8','waiting','http://127.0.0.1:4711/callback','E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',1800000060,0);
INSERT INTO "codes" VALUES(X'CF32EBABD9E10B1E4E46B6DBA2737887B4F41F7D563DE2CD67E7274057DCFBE2','used','http://127.0.0.1:4711/callback','E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',1800000060,1);
CREATE TABLE consents (
    issuer          TEXT NOT NULL,
    user            TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client          TEXT NOT NULL,
    redirect_origin TEXT NOT NULL,
    resource        TEXT NOT NULL,
    scopes          TEXT NOT NULL, server TEXT NOT NULL DEFAULT '',
    PRIMARY KEY (issuer, user, client, redirect_origin, resource)
) STRICT, WITHOUT ROWID;
INSERT INTO "consents" VALUES('https://mcp.example.com/issuers/default','id-of-ada','editor','https://a.example','https://mcp.example.com/notes/mcp','notes:read','notes');
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
, server TEXT NOT NULL DEFAULT '') STRICT, WITHOUT ROWID;
INSERT INTO "families" VALUES('elsewhere','https://mcp.example.com/issuers/other','editor','id-of-bob','https://mcp.example.com/notes/mcp','notes:read',1799999995,1807776000,1802592000,'notes');
INSERT INTO "families" VALUES('used','https://mcp.example.com/issuers/default','editor','id-of-ada','https://mcp.example.com/notes/mcp','notes:read',1799999995,1807776000,1802592000,'notes');
INSERT INTO "families" VALUES('waiting','https://mcp.example.com/issuers/default','visitor','id-of-ada','https://mcp.example.com/notes/mcp','notes:read',1799999995,1807776000,1800000060,'notes');
CREATE TABLE refreshes (
    digest  BLOB PRIMARY KEY,
    family  TEXT NOT NULL REFERENCES families (id) ON DELETE CASCADE,
    expires INTEGER NOT NULL,
    spent   INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
INSERT INTO "refreshes" VALUES(X'16367AACB67A4A017C8DA8AB95682CCB390863780F7114DDA0A0E0C55644C7C4','used',1802592000,0);
INSERT INTO "refreshes" VALUES(X'A7937B64B8CAA58F03721BB6BACF5C78CB235FEBE0E70B1B84CD99541461A08E','used',1802592000,1);
CREATE TABLE secrets (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "secrets" VALUES('fingerprint',X'7468652066696E6765727072696E74206B65792C2033322062797465732E2E2E');
INSERT INTO "secrets" VALUES('signing-key/default',X'616E206F6C642070616972');
CREATE TABLE sessions (
    digest    BLOB PRIMARY KEY,
    issuer    TEXT NOT NULL,
    user      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    auth_time INTEGER NOT NULL,
    expires   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "sessions" VALUES(X'3F3AF1ECEBBD1410AB417EC0D27BBFCB5D340E177AE159B59FC8626C2DFD9175','https://mcp.example.com/issuers/default','id-of-ada',1799999995,1800043200);
CREATE TABLE users (
    id       TEXT PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE,
    password TEXT,
    created  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO "users" VALUES('id-of-ada','ada','$argon2id$ada',1800000000);
INSERT INTO "users" VALUES('id-of-bob','bob',NULL,1800000001);
CREATE INDEX sessions_of_user ON sessions (user);
CREATE INDEX sessions_by_end ON sessions (expires);
CREATE INDEX clients_never_used ON clients (created) WHERE used = 0 AND by_operator = 0;
CREATE INDEX families_of_user ON families (user);
CREATE INDEX families_of_client ON families (issuer, client);
CREATE INDEX families_by_end ON families (keep);
CREATE INDEX codes_of_family ON codes (family);
CREATE INDEX refreshes_of_family ON refreshes (family);
CREATE INDEX refreshes_by_end ON refreshes (expires);
CREATE INDEX consents_of_user ON consents (user);
CREATE INDEX consents_of_client ON consents (issuer, client);
COMMIT;
PRAGMA user_version = 2;
