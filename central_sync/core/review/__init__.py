"""What people say of facings: how it is settled, what it tells of stores and of models."""
