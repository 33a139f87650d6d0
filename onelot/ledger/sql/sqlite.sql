-- One statement a paragraph. Nothing here is ever updated or deleted.
CREATE TABLE ledger_entry (
    position INTEGER PRIMARY KEY CHECK (position > 0),
    entry BLOB NOT NULL
) STRICT;

-- Which entries have a term: a tag (kind:value) or the event's versioned name. Derived from the entries.
CREATE TABLE ledger_term (
    term TEXT NOT NULL,
    position INTEGER NOT NULL,
    PRIMARY KEY (term, position)
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

CREATE TRIGGER ledger_term_update BEFORE UPDATE ON ledger_term
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: terms are not changed'); END;

CREATE TRIGGER ledger_term_delete BEFORE DELETE ON ledger_term
BEGIN SELECT RAISE(ABORT, 'the ledger is append-only: terms are not deleted'); END;

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
