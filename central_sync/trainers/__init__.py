"""How each kind of model is fitted and scored: one folder a kind."""
