"""What training and serving a recommendation must compute alike. Pure."""
