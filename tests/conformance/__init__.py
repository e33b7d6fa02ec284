"""The store's TUF client before the TUF project's own judge."""
