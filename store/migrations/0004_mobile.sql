-- The mobile core: operators are documents, eSIMs are in the settings of numbers; trunks say whether direct numbers may be shown on them.

ALTER TABLE trunks ADD COLUMN presents_direct BOOLEAN NOT NULL DEFAULT FALSE;
