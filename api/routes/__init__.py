"""One file a resource; a route only translates."""
