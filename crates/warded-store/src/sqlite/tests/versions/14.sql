-- A store as version 14 of the tables left it, with something in each of them but the seals.
BEGIN TRANSACTION;
CREATE TABLE checkpoints (
    node TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL,
    time INTEGER NOT NULL,
    key BLOB NOT NULL,
    signature BLOB NOT NULL
, sealed INTEGER NOT NULL DEFAULT 0, folder BLOB) STRICT;
INSERT INTO checkpoints VALUES('gateway',5,X'0505050505050505050505050505050505050505050505050505050505050505',1800000000,X'ea4a6c63e29c520abef5507b132ec5f9954776aebebe7b92421eea691446d22c',X'7678a11d535ebc5fdd430c75da6ac33030bf2c7cad1ea0dbfe20247a6a195d802de286330eb6f3c014861d9ff56ca9f0aba781b02a61c88aa88e019194f2890b',1,X'03030303030303030303030303030303');
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
    created       INTEGER NOT NULL, method TEXT NOT NULL DEFAULT 'none', jwks TEXT, jwks_uri TEXT, application_type TEXT, management BLOB, used_at INTEGER, dpop_bound INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (issuer, id)
) STRICT, WITHOUT ROWID;
INSERT INTO clients VALUES('https://mcp.example.com/issuers/default','editor','Editor',X'fdce8e4a65b70d186bd77cba2e0c580dcf1c6497da9f1b70eed849497e1f8ba2','["http://127.0.0.1/callback","https://a.example/x?y=\""]','authorization_code refresh_token','https://mcp.example.com/notes/mcp',1,1,1800000000,'client_secret_basic',NULL,NULL,NULL,NULL,NULL,0);
INSERT INTO clients VALUES('https://mcp.example.com/issuers/default','visitor',NULL,NULL,'["https://a.example/cb"]','authorization_code',NULL,0,0,1800000000,'none',NULL,NULL,NULL,NULL,NULL,1);
CREATE TABLE codes (
    digest       BLOB PRIMARY KEY,
    family       TEXT NOT NULL REFERENCES families (id) ON DELETE CASCADE,
    redirect_uri TEXT NOT NULL,
    challenge    TEXT NOT NULL,
    expires      INTEGER NOT NULL,
    spent        INTEGER NOT NULL DEFAULT 0
, announced_key TEXT) STRICT, WITHOUT ROWID;
INSERT INTO codes VALUES(X'a115370ef2f8fb9f36c3f109830fe374d814b1ce0767533bd03202d872166ec8','waiting','http://127.0.0.1:4711/callback','E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',1800000060,0,NULL);
INSERT INTO codes VALUES(X'cf32ebabd9e10b1e4e46b6dba2737887b4f41f7d563de2cd67e7274057dcfbe2','used','http://127.0.0.1:4711/callback','E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM',1800000060,1,NULL);
CREATE TABLE consents (
    issuer          TEXT NOT NULL,
    user            TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    client          TEXT NOT NULL,
    redirect_origin TEXT NOT NULL,
    resource        TEXT NOT NULL,
    scopes          TEXT NOT NULL, server TEXT NOT NULL DEFAULT '', document BLOB,
    PRIMARY KEY (issuer, user, client, redirect_origin, resource)
) STRICT, WITHOUT ROWID;
INSERT INTO consents VALUES('https://mcp.example.com/issuers/default','id-of-ada','editor','https://a.example','https://mcp.example.com/notes/mcp','notes:read','notes',NULL);
CREATE TABLE families (
    id        TEXT PRIMARY KEY,
    issuer    TEXT NOT NULL,
    client    TEXT NOT NULL,
    user      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    resource  TEXT NOT NULL,
    scopes    TEXT NOT NULL,
    ends      INTEGER NOT NULL,
    keep      INTEGER NOT NULL
, server TEXT NOT NULL DEFAULT '', tokens_end INTEGER NOT NULL DEFAULT 0, sender_key TEXT, redirect_origin TEXT, used_at INTEGER, status_list INTEGER NOT NULL DEFAULT 0, status_index INTEGER NOT NULL DEFAULT 0, auth_time INTEGER, mark BLOB) STRICT, WITHOUT ROWID;
INSERT INTO families VALUES('elsewhere','https://mcp.example.com/issuers/other','editor','id-of-bob','https://mcp.example.com/notes/mcp','notes:read',1807776000,1802592000,'notes',1800000700,NULL,NULL,NULL,0,0,NULL,X'b76050b4c635d0913bc4883b2f5ef747');
INSERT INTO families VALUES('used','https://mcp.example.com/issuers/default','editor','id-of-ada','https://mcp.example.com/notes/mcp','notes:read',1807776000,1802592000,'notes',1800000700,NULL,NULL,NULL,0,0,1799999995,X'cb24ba947aa85cef1ac9bf2558b8230e');
INSERT INTO families VALUES('waiting','https://mcp.example.com/issuers/default','visitor','id-of-ada','https://mcp.example.com/notes/mcp','notes:read',1807776000,1800000060,'notes',0,NULL,NULL,NULL,0,1,1799999995,X'4de8ab1383262e7079fa2353ae214bcf');
CREATE TABLE nodes (
    node TEXT PRIMARY KEY,
    holder BLOB NOT NULL,
    until INTEGER NOT NULL
) STRICT;
INSERT INTO nodes VALUES('gateway',X'01010101010101010101010101010101',1800000060);
CREATE TABLE replays (mark BLOB PRIMARY KEY NOT NULL, until INTEGER NOT NULL) STRICT, WITHOUT ROWID;
INSERT INTO replays VALUES(X'c1cda26362828b69266512052b97cb3729e3b052e4ade47c0a1e3383defe73c7',1800000300);
CREATE TABLE revoked (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    family TEXT NOT NULL,
    until  INTEGER NOT NULL
, issuer TEXT NOT NULL DEFAULT '', mark BLOB, status_list INTEGER, status_index INTEGER) STRICT;
INSERT INTO revoked VALUES(1,'taken-back',1800001000,'',NULL,NULL,NULL);
CREATE TABLE secrets (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO secrets VALUES('fingerprint',X'7468652066696e6765727072696e74206b65792c2033322062797465732e2e2e');
CREATE TABLE sessions (
    digest    BLOB PRIMARY KEY,
    issuer    TEXT NOT NULL,
    user      TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    since INTEGER NOT NULL,
    expires   INTEGER NOT NULL
, auth_time INTEGER) STRICT, WITHOUT ROWID;
INSERT INTO sessions VALUES(X'39b94ddf63d38931e1c677e591a630171d578394989c457d4c2bace5a0d82cc8','https://mcp.example.com/issuers/default','id-of-bob',1799999997,1800043200,NULL);
INSERT INTO sessions VALUES(X'3f3af1ecebbd1410ab417ec0d27bbfcb5d340e177ae159b59fc8626c2dfd9175','https://mcp.example.com/issuers/default','id-of-ada',1799999995,1800043200,1799999995);
CREATE TABLE users (
    id       TEXT PRIMARY KEY,
    name     TEXT NOT NULL UNIQUE,
    password TEXT,
    created  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO users VALUES('id-of-ada','ada','$argon2id$ada',1800000000);
INSERT INTO users VALUES('id-of-bob','bob',NULL,1800000001);
CREATE TABLE status_lists (
    issuer TEXT PRIMARY KEY,
    list   INTEGER NOT NULL,
    next   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO status_lists VALUES('https://mcp.example.com/issuers/default',0,2);
INSERT INTO status_lists VALUES('https://mcp.example.com/issuers/other',0,1);
CREATE TABLE identities (
    provider TEXT NOT NULL,
    subject  TEXT NOT NULL,
    person   TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE, by_operator INTEGER NOT NULL DEFAULT 0,
    PRIMARY KEY (provider, subject)
) STRICT, WITHOUT ROWID;
INSERT INTO identities VALUES('https://login.example.com/realms/corp','248289761001','id-of-bob',0);
CREATE TABLE pendings (
    digest   BLOB PRIMARY KEY,
    issuer   TEXT NOT NULL,
    provider TEXT NOT NULL,
    request  TEXT NOT NULL,
    browser  BLOB NOT NULL,
    nonce    BLOB NOT NULL,
    verifier BLOB NOT NULL,
    expires  INTEGER NOT NULL
, network BLOB NOT NULL
    DEFAULT X'0000000000000000000000000000000000000000000000000000000000000000') STRICT, WITHOUT ROWID;
INSERT INTO pendings VALUES(X'0101010101010101010101010101010101010101010101010101010101010101','https://mcp.example.com/issuers/default','corp','client_id=editor',X'0202020202020202020202020202020202020202020202020202020202020202',X'0303030303030303030303030303030303030303030303030303030303030303',X'04',1800000900,X'0808080808080808080808080808080808080808080808080808080808080808');
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
INSERT INTO signing_keys VALUES('default','kid','EdDSA',X'05',1800000000,1800000000,1802592000,1803196800);
CREATE TABLE seals (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE removed_identities (
    provider TEXT NOT NULL,
    subject  TEXT NOT NULL,
    PRIMARY KEY (provider, subject)
) STRICT, WITHOUT ROWID;
INSERT INTO removed_identities VALUES('https://login.example.com/realms/corp','4711');
CREATE TABLE ended (
    family TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;
INSERT INTO ended VALUES('ended');
CREATE TABLE IF NOT EXISTS "refreshes" (
    digest       BLOB PRIMARY KEY,
    family       TEXT NOT NULL,
    expires      INTEGER NOT NULL,
    spent        INTEGER NOT NULL DEFAULT 0,
    spent_at     INTEGER NOT NULL DEFAULT 0,
    successor    BLOB,
    sealed       BLOB,
    sealed_until INTEGER
) STRICT, WITHOUT ROWID;
INSERT INTO refreshes VALUES(X'0707070707070707070707070707070707070707070707070707070707070707','ended',1802592000,0,0,NULL,NULL,NULL);
INSERT INTO refreshes VALUES(X'16367aacb67a4a017c8da8ab95682ccb390863780f7114dda0a0e0c55644c7c4','used',1802592000,0,0,NULL,NULL,NULL);
INSERT INTO refreshes VALUES(X'a7937b64b8caa58f03721bb6bacf5c78cb235febe0e70b1b84cd99541461a08e','used',1802592000,1,0,NULL,NULL,NULL);
CREATE TABLE networks (
    network BLOB PRIMARY KEY,
    logins  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO networks VALUES(X'0808080808080808080808080808080808080808080808080808080808080808',1);
DELETE FROM sqlite_sequence;
INSERT INTO sqlite_sequence VALUES('revoked',1);
CREATE INDEX sessions_of_user ON sessions (user);
CREATE INDEX sessions_by_end ON sessions (expires);
CREATE INDEX clients_never_used ON clients (created) WHERE used = 0 AND by_operator = 0;
CREATE INDEX families_of_client ON families (issuer, client);
CREATE INDEX families_by_end ON families (keep);
CREATE INDEX codes_of_family ON codes (family);
CREATE INDEX consents_of_user ON consents (user);
CREATE INDEX consents_of_client ON consents (issuer, client);
CREATE INDEX replays_by_end ON replays (until);
CREATE INDEX revoked_by_end ON revoked (until);
CREATE INDEX clients_idle ON clients (coalesce(used_at, created)) WHERE used = 1 AND by_operator = 0;
CREATE UNIQUE INDEX revoked_marks ON revoked (mark) WHERE mark IS NOT NULL;
CREATE INDEX revoked_by_status ON revoked (issuer, status_list, status_index) WHERE status_list IS NOT NULL;
CREATE TRIGGER families_revoked AFTER DELETE ON families WHEN old.keep >= 0
BEGIN
    INSERT INTO revoked (family, until, issuer, status_list, status_index)
    VALUES (old.id, old.tokens_end + 300, old.issuer, old.status_list, old.status_index);
END;
CREATE INDEX identities_of_person ON identities (person);
CREATE INDEX pendings_by_end ON pendings (expires);
CREATE INDEX signing_keys_by_end ON signing_keys (published_until);
CREATE INDEX refreshes_of_family ON refreshes (family);
CREATE INDEX refreshes_by_end ON refreshes (expires);
CREATE INDEX refreshes_by_seal ON refreshes (sealed_until) WHERE sealed_until IS NOT NULL;
CREATE TRIGGER families_ended AFTER DELETE ON families
BEGIN
    INSERT INTO ended (family) VALUES (old.id) ON CONFLICT DO NOTHING;
END;
CREATE UNIQUE INDEX families_by_mark ON families (mark);
CREATE INDEX pendings_of_network ON pendings (network, expires);
CREATE INDEX networks_by_logins ON networks (logins);
CREATE TRIGGER pendings_begun AFTER INSERT ON pendings
BEGIN
    INSERT INTO networks (network, logins) VALUES (new.network, 1)
    ON CONFLICT (network) DO UPDATE SET logins = logins + 1;
END;
CREATE TRIGGER pendings_over AFTER DELETE ON pendings
BEGIN
    UPDATE networks SET logins = logins - 1 WHERE network = old.network;
    DELETE FROM networks WHERE network = old.network AND logins = 0;
END;
CREATE INDEX families_of_user ON families (user, issuer, client);
CREATE TABLE counts (
    counter BLOB NOT NULL,
    start   INTEGER NOT NULL,
    amount  INTEGER NOT NULL,
    until   INTEGER NOT NULL,
    PRIMARY KEY (counter, start)
) STRICT, WITHOUT ROWID;
INSERT INTO counts VALUES(X'061944b59664f4fae6883034af3fd4ffdd2e000f7bae57e9bb62ed523a44ab41',1800000000,3000000,1800003600);
CREATE INDEX counts_by_end ON counts (until);
CREATE TABLE reservations (
    id      INTEGER PRIMARY KEY AUTOINCREMENT,
    node    TEXT NOT NULL,
    run     BLOB NOT NULL,
    request TEXT NOT NULL,
    since   INTEGER NOT NULL,
    taken   TEXT NOT NULL
) STRICT;
INSERT INTO reservations VALUES(7,'gateway',X'09090909090909090909090909090909','request-7',1800000000,'[]');
CREATE INDEX reservations_of_node ON reservations (node, since);
CREATE INDEX reservations_by_age ON reservations (since);
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
INSERT INTO approvals VALUES('abcdefghijkmnpqr',X'0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a','notes','delete_note','{"id":7}','takes an approval','https://login.example.com','ada','editor',600,1800000000,1800000600,'pending',NULL,NULL,0);
CREATE INDEX approvals_of_call ON approvals (fingerprint, expires);
CREATE INDEX approvals_of_caller ON approvals (issuer, subject, ruling, expires);
CREATE INDEX approvals_that_wait ON approvals (ruling, expires);
CREATE INDEX approvals_by_end ON approvals (expires);
COMMIT;
PRAGMA user_version = 14;
