"""The family of our exceptions.

StillwaterError
├── SetupError             the operator must change something; its text is the one line to print
│   ├── SettingsError        a variable is missing or wrong
│   ├── KeyFileError         the encryption key is missing, wrong, or readable by others
│   └── ContentError         a file in content/ has a mistake
├── StorageUnavailable     the database cannot be reached or written just now; try again later
├── Stale                  somebody else was faster; the unit of work counts for nothing
└── Undecipherable         a stored value does not open with the keys at hand

None of these ever carries a person's words: an exception may end up in a log.
"""


class StillwaterError(Exception):
    """The root of the family."""


class SetupError(StillwaterError):
    """The operator must change something; the text is one line that says what."""


class SettingsError(SetupError):
    """A variable is missing or wrong."""


class KeyFileError(SetupError):
    """The encryption key is missing, wrong, or readable by others."""


class ContentError(SetupError):
    """A file in content/ has a mistake."""


class StorageUnavailable(StillwaterError):
    """The database cannot be reached or written just now."""


class Stale(StillwaterError):
    """Somebody else changed the row first."""


class Undecipherable(StillwaterError):
    """A stored value does not open with the keys at hand."""
