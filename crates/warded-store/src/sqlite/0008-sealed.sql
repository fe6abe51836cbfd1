-- Whether the journal had ended in order with this checkpoint: nothing may stand behind it then.
ALTER TABLE checkpoints ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0;
-- In which folder it was written, so that a node shows whose files were taken out of a folder that others share.
ALTER TABLE checkpoints ADD COLUMN folder BLOB;
