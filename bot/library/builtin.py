"""The help card for the case that content/ itself cannot be read.

The one place with words in Python, because its reason to exist is that the place for words is
broken: a person in danger still gets numbers. Kept short, in English, and without country lines.
112 is an emergency number in 110 and 911 in 57 of the 245 regions of libphonenumber's short-number
metadata (9.0.43); the directory is the one that the international resources name.
"""

BUILT_IN_HELP_CARD = (
    "If your life may be in danger, call your emergency number now.\n\n"
    "112 works in many countries. 911 works in North America and some others.\n\n"
    "Crisis lines by country: https://findahelpline.com\n\n"
    "If you can, ask someone near you to stay with you.\n\n"
    "I am an automated program; nobody reads this live."
)
"""Plain text without markup, so that it can go out without a parse mode."""
