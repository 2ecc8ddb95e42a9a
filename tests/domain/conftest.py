"""Rules are checked for truth here, never for speed: a busy machine must not fail a test."""

from hypothesis import settings

settings.register_profile("no-deadline", deadline=None, max_examples=60)
settings.load_profile("no-deadline")
