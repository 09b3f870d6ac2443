"""What answers: one blueprint a file. A view gets a Caller and the schema, and returns a response."""
