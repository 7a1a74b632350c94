"""The shapes of what people type on billing's pages; the workflows hold the rules."""
