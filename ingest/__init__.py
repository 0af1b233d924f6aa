"""From documents to what can be searched: parse, chunk, embed, commit."""
