-- Which server was meant, by its name: an identifier can be given to another server later. What was granted before
-- this step names no server, so it opens none, and people are asked again.
ALTER TABLE families ADD COLUMN server TEXT NOT NULL DEFAULT '';
ALTER TABLE consents ADD COLUMN server TEXT NOT NULL DEFAULT '';
