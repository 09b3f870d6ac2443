"""A stand-in for SAP Cloud Identity Services (IAS): keys and tokens of one tenant, over TLS on loopback."""
