"""The measurements behind the figures in RESULTS.md: one module a topic, one command each."""
