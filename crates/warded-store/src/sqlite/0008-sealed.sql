-- Whether the journal had ended in order with this checkpoint: nothing may stand behind it then.
ALTER TABLE checkpoints ADD COLUMN sealed INTEGER NOT NULL DEFAULT 0;
