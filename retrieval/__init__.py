"""From a question to a prompt: search, plan, pack, cite, hand off."""
