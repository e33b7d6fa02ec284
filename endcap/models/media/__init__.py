"""What stores and the centre compute alike of media: auctions, pacing, arrivals. Pure."""
