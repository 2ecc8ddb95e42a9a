"""Stillwater: a support companion on Telegram for people who cut down on kratom or have stopped."""

__version__ = "0.1.0"
