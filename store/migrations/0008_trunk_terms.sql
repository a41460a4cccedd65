-- The terms of trunks: how their peers are spoken with.

ALTER TABLE trunks ADD COLUMN terms {json} NOT NULL DEFAULT '{}';
