"""What stands between the socket and Flask."""
