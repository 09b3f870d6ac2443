"""Where the service runs. Each platform is one module with a `PLATFORM`; a new one needs no other change."""
