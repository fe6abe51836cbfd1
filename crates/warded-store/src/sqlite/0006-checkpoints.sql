-- Where the journal of each node stood when it was last vouched for. Whoever can write the journal's folder cannot write
-- here, so that an end that was cut off shows.
CREATE TABLE checkpoints (
    node TEXT PRIMARY KEY,
    seq INTEGER NOT NULL,
    hash BLOB NOT NULL,
    time INTEGER NOT NULL,
    key BLOB NOT NULL,
    signature BLOB NOT NULL
) STRICT;
