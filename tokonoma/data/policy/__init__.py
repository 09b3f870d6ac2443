"""Who may see what: the policy file, and what follows from it for a caller."""
