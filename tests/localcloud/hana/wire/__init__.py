"""The wire side of the local HANA, tried by the real drivers and by a client that does not behave."""
