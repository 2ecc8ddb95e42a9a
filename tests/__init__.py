"""Tests, one folder a floor."""

import os

# Spans from python-telegram-bot as timedelta; without it each 429 is a deprecation warning,
# and warnings are errors here.
os.environ["PTB_TIMEDELTA"] = "true"
