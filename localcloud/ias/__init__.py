"""A stand-in for SAP Cloud Identity Services (IAS): a tenant with keys, tokens and people, over TLS."""
