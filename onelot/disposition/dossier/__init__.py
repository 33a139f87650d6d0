"""The dossier of one lot: everything the ledger knows of it, as one sealed PDF that anybody can verify offline."""
