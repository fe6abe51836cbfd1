-- Who keeps the journal of each node, and until when that is so unless it says so again.
CREATE TABLE nodes (
    node TEXT PRIMARY KEY,
    holder BLOB NOT NULL,
    until INTEGER NOT NULL
) STRICT;
