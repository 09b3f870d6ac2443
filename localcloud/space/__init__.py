"""A Cloud Foundry space on a laptop: the apps of any project, started with the services bound to them."""
