-- Trunks over TLS: whose certificate they show, and what we show them.

ALTER TABLE trunks ADD COLUMN tls {json} NOT NULL DEFAULT '{}';
