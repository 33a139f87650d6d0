-- One statement a paragraph. Nothing here is ever updated or deleted.
-- leaf is the RFC 6962 hash of the entry's bytes.
CREATE TABLE ledger_entry (
    position INTEGER PRIMARY KEY CHECK (position > 0),
    leaf BLOB NOT NULL,
    entry BLOB NOT NULL
) STRICT;

-- Where entries with a term are: a tag (kind:value) or an event's versioned name. A span says that some of
-- the entries from first to last have the term, and that none between two spans has. Derived from the entries.
CREATE TABLE ledger_span (
    term TEXT NOT NULL,
    last INTEGER NOT NULL,
    first INTEGER NOT NULL CHECK (first <= last),
    PRIMARY KEY (term, last)
) STRICT, WITHOUT ROWID;

-- Complete tiles of the Merkle tree: all nodes of a subtree of height 8, lowest level first, 511 hashes.
CREATE TABLE ledger_tile (
    level INTEGER NOT NULL,
    number INTEGER NOT NULL,
    nodes BLOB NOT NULL,
    PRIMARY KEY (level, number)
) STRICT;

-- Signed checkpoints of this ledger, as published.
CREATE TABLE ledger_checkpoint (
    size INTEGER NOT NULL PRIMARY KEY,
    note TEXT NOT NULL
) STRICT;

-- INSERT OR REPLACE fires no delete trigger, so an insert may only add the next position.
CREATE TRIGGER ledger_entry_insert BEFORE INSERT ON ledger_entry
WHEN NEW.position IS NOT (SELECT coalesce(max(position), 0) + 1 FROM ledger_entry)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: an entry takes the next position'); END;

CREATE TRIGGER ledger_entry_update BEFORE UPDATE ON ledger_entry
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: entries are not changed'); END;

CREATE TRIGGER ledger_entry_delete BEFORE DELETE ON ledger_entry
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: entries are not deleted'); END;

CREATE TRIGGER ledger_span_insert BEFORE INSERT ON ledger_span
WHEN EXISTS (SELECT 1 FROM ledger_span WHERE term = NEW.term AND last >= NEW.first)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: spans of a term follow each other'); END;

CREATE TRIGGER ledger_span_update BEFORE UPDATE ON ledger_span
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: spans are not changed'); END;

CREATE TRIGGER ledger_span_delete BEFORE DELETE ON ledger_span
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: spans are not deleted'); END;

CREATE TRIGGER ledger_tile_insert BEFORE INSERT ON ledger_tile
WHEN EXISTS (SELECT 1 FROM ledger_tile WHERE level = NEW.level AND number = NEW.number)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: a tile is written once'); END;

CREATE TRIGGER ledger_tile_update BEFORE UPDATE ON ledger_tile
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: tiles are not changed'); END;

CREATE TRIGGER ledger_tile_delete BEFORE DELETE ON ledger_tile
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: tiles are not deleted'); END;

CREATE TRIGGER ledger_checkpoint_insert BEFORE INSERT ON ledger_checkpoint
WHEN EXISTS (SELECT 1 FROM ledger_checkpoint WHERE size = NEW.size)
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: a checkpoint is written once'); END;

CREATE TRIGGER ledger_checkpoint_update BEFORE UPDATE ON ledger_checkpoint
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: checkpoints are not changed'); END;

CREATE TRIGGER ledger_checkpoint_delete BEFORE DELETE ON ledger_checkpoint
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: checkpoints are not deleted'); END
