"""What exists in a database, and the SYS views that show it."""
