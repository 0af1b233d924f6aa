"""Where documents come from: what is there, what changed, what is gone."""
