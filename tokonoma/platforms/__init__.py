"""The platforms that the service runs on."""
