"""The ledger on SQL."""
