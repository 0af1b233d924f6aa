"""What is outdated, doubled or contradicted among the pages, and who looks at it."""
