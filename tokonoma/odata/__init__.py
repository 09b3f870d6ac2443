"""OData V4: what the policy shows, in OData's URLs, formats and words. Only `door` knows Flask."""
