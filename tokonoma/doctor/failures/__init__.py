"""What can be wrong: one table of failures, written by where they are looked for."""
