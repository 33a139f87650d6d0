"""The vault: patients' names, birth dates and hospital numbers, encrypted, and in no ledger (decision D3)."""
