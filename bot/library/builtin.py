"""The help card for the case that content/ itself cannot be read.

The one place with words in Python, because its reason to exist is that the place for words is
broken: a person in danger still gets numbers. Kept short, in English, and without country lines.
112 and 911 are the two numbers that mobile networks route to emergency services in most countries
(3GPP TS 22.101, clause 10.1.1); the directory is the one that the international resources name.
"""

BUILT_IN_HELP_CARD = (
    "If your life may be in danger, call your emergency number now.\n\n"
    "112 works in most countries. 911 works in North America and some others.\n\n"
    "Crisis lines by country: https://findahelpline.com\n\n"
    "If you can, ask someone near you to stay with you.\n\n"
    "I am an automated program; nobody reads this live."
)
"""Plain text without markup, so that it can go out without a parse mode."""
