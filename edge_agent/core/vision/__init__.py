"""What may be believed of what cameras see: their condition, the facings, the gaps over time."""
