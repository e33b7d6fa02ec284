"""In-store media: auctions and pacing as stores run them, replayed on real arrivals."""

from central_sync.trainers.media.kind import MEDIA

__all__ = ["MEDIA"]
