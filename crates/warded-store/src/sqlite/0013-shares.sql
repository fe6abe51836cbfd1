-- Nobody's rows push out everybody else's.

-- From which network a login was begun, hashed with a key, and how many of each are under way: where there are too many, one
-- of the network that has most of them goes. Nobody knows of those that are there already; they count as one network.
ALTER TABLE pendings ADD COLUMN network BLOB NOT NULL
    DEFAULT X'0000000000000000000000000000000000000000000000000000000000000000';
CREATE INDEX pendings_of_network ON pendings (network, expires);
CREATE TABLE networks (
    network BLOB PRIMARY KEY,
    logins  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX networks_by_logins ON networks (logins);
INSERT INTO networks (network, logins) SELECT network, count(*) FROM pendings GROUP BY network;
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

-- The grants of one person to one client are counted each time that there is another one.
DROP INDEX families_of_user;
CREATE INDEX families_of_user ON families (user, issuer, client);

-- At most a hundred of one person for one client stand, and a thousand of one person (`Room`), so that what is taken back at
-- once is bounded. Of those that are there, some end here: first those whose code nobody has redeemed, then those of a time in which
-- nobody noted their use, by the end of their last token, then the ones that were not used for longest.
DELETE FROM families WHERE id IN (
    SELECT id FROM (
        SELECT id, row_number() OVER (
            PARTITION BY user, issuer, client
            ORDER BY used_at IS NULL, tokens_end = 0, coalesce(used_at, nullif(tokens_end, 0), keep) DESC, id
        ) AS place FROM families WHERE keep >= 0
    ) AS placed WHERE place > 100
);
DELETE FROM families WHERE id IN (
    SELECT id FROM (
        SELECT id, row_number() OVER (
            PARTITION BY user
            ORDER BY used_at IS NULL, tokens_end = 0, coalesce(used_at, nullif(tokens_end, 0), keep) DESC, id
        ) AS place FROM families WHERE keep >= 0
    ) AS placed WHERE place > 1000
);
