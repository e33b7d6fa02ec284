"""Product search, scored on judged queries as the stores run it."""

from central_sync.ports.training import ModelKind
from central_sync.trainers.search.kind import SearchKind

SEARCH: ModelKind = SearchKind()
"""The search kind."""
