"""What made the weights in models/: run by people who retrain, never by a site."""
