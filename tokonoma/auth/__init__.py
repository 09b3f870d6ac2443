"""Who is asking, and may they? One gate for each kind of identity provider, and what they share."""
