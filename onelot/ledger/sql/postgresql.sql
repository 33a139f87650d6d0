-- One statement a paragraph. Nothing here is ever updated or deleted.
-- leaf is the RFC 6962 hash of the entry's bytes.
CREATE TABLE ledger_entry (
    position bigint PRIMARY KEY CHECK (position > 0),
    leaf bytea NOT NULL,
    entry bytea NOT NULL
);

-- Where entries with a term are: a tag (kind:value) or an event's versioned name. A span says that some of
-- the entries from first to last have the term, and that none between two spans has. Derived from the entries.
CREATE TABLE ledger_span (
    term text COLLATE "C" NOT NULL,
    last bigint NOT NULL,
    first bigint NOT NULL CHECK (first <= last),
    PRIMARY KEY (term, last)
);

-- Complete tiles of the Merkle tree: all nodes of a subtree of height 8, lowest level first, 511 hashes.
CREATE TABLE ledger_tile (
    level smallint NOT NULL,
    number bigint NOT NULL,
    nodes bytea NOT NULL,
    PRIMARY KEY (level, number)
);

-- Signed checkpoints of this ledger, as published.
CREATE TABLE ledger_checkpoint (
    size bigint NOT NULL PRIMARY KEY,
    note text NOT NULL
);

-- Hashes do not compress: do not try.
ALTER TABLE ledger_tile ALTER COLUMN nodes SET STORAGE EXTERNAL;

CREATE FUNCTION ledger_refuse() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: % on % is refused', TG_OP, TG_TABLE_NAME;
END $$;

CREATE FUNCTION ledger_entry_next() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    lowest bigint;
    highest bigint;
    added bigint;
BEGIN
    SELECT min(position), max(position), count(*) INTO lowest, highest, added FROM fresh;
    IF highest - lowest + 1 <> added
        OR (lowest > 1 AND NOT EXISTS (SELECT 1 FROM ledger_entry WHERE position = lowest - 1)) THEN
        RAISE EXCEPTION 'the ledger is append-only: an entry takes the next position';
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER ledger_entry_insert AFTER INSERT ON ledger_entry REFERENCING NEW TABLE AS fresh
FOR EACH STATEMENT EXECUTE FUNCTION ledger_entry_next();

CREATE TRIGGER ledger_entry_refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_entry
FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();

CREATE TRIGGER ledger_span_refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_span
FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();

CREATE TRIGGER ledger_tile_refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_tile
FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse();

CREATE TRIGGER ledger_checkpoint_refuse BEFORE UPDATE OR DELETE OR TRUNCATE ON ledger_checkpoint
FOR EACH STATEMENT EXECUTE FUNCTION ledger_refuse()
