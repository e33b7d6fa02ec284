"""What training and serving must compute alike: features, pre- and post-processing."""
