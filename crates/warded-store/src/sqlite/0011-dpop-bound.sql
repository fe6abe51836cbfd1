-- Which clients have said that they always prove a key (RFC 9449 §5.2). None has been asked until now.
ALTER TABLE clients ADD COLUMN dpop_bound INTEGER NOT NULL DEFAULT 0;
