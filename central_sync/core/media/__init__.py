"""In-store media as the centre decides it: campaigns, leases, the ledger of plays, and reports."""
