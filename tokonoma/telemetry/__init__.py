"""How the service shows what it does."""
