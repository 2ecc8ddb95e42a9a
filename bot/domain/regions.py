"""What the zone tables leave out: the order of wide countries, spoken names, states of the USA."""

# The largest towns of countries whose rows in zone.tab start at a small island or far province.
FIRST_CHOICES = (
    "Australia/Sydney",
    "Australia/Brisbane",
    "Australia/Perth",
    "Australia/Adelaide",
    "America/Sao_Paulo",
    "America/Manaus",
    "America/Toronto",
    "America/Vancouver",
    "America/Edmonton",
    "America/Winnipeg",
    "America/Halifax",
    "Europe/Moscow",
    "Asia/Yekaterinburg",
    "Asia/Novosibirsk",
    "Europe/Kyiv",
)

# Folded names that people type, beside those of iso3166.tab.
SPOKEN_COUNTRIES = {
    "usa": "US",
    "america": "US",
    "united states of america": "US",
    "united kingdom": "GB",
    "great britain": "GB",
    "england": "GB",
    "scotland": "GB",
    "wales": "GB",
    "northern ireland": "GB",
    "czechia": "CZ",
    "holland": "NL",
    "south korea": "KR",
    "north korea": "KP",
    "deutschland": "DE",
    "osterreich": "AT",
    "schweiz": "CH",
}

# Older zone names whose target lies in another country, or in none: the country decides which
# help lines are shown, so no guess is better than the target's. Reviewed against tzdata 2026f.
OTHER_COUNTRY = frozenset(
    {
        "Africa/Asmera",
        "Africa/Timbuktu",
        "America/Coral_Harbour",
        "America/Virgin",
        "Antarctica/South_Pole",
        "Atlantic/Jan_Mayen",
        "CET",
        "EET",
        "EST",
        "HST",
        "Iceland",
        "MET",
        "MST",
        "Pacific/Johnston",
        "Pacific/Ponape",
        "Pacific/Truk",
        "Pacific/Yap",
        "WET",
    }
)

# The zone in which most people of each state live, then the other zone of states that have two.
# Boundaries: 49 CFR part 71 (US Department of Transportation).
US_STATES = {
    "America/New_York": (
        *("Connecticut", "Delaware", "District of Columbia", "Florida", "Georgia", "Indiana"),
        *("Kentucky", "Maine", "Maryland", "Massachusetts", "Michigan", "New Hampshire"),
        *("New Jersey", "New York", "North Carolina", "Ohio", "Pennsylvania", "Rhode Island"),
        *("South Carolina", "Vermont", "Virginia", "Washington DC", "West Virginia"),
    ),
    "America/Chicago": (
        *("Alabama", "Arkansas", "Illinois", "Iowa", "Kansas", "Louisiana", "Minnesota"),
        *("Mississippi", "Missouri", "Nebraska", "North Dakota", "Oklahoma", "South Dakota"),
        *("Tennessee", "Texas", "Wisconsin"),
    ),
    "America/Denver": ("Colorado", "Idaho", "Montana", "New Mexico", "Utah", "Wyoming"),
    "America/Phoenix": ("Arizona",),
    "America/Los_Angeles": ("California", "Nevada", "Oregon", "Washington"),
    "America/Anchorage": ("Alaska",),
    "Pacific/Honolulu": ("Hawaii",),
}
US_STATES_IN_PART = {
    "America/New_York": ("Tennessee",),
    "America/Chicago": ("Florida", "Indiana", "Kentucky", "Michigan"),
    "America/Denver": ("Kansas", "Nebraska", "North Dakota", "Oregon", "South Dakota", "Texas"),
    "America/Los_Angeles": ("Idaho",),
    "America/Adak": ("Alaska",),
}
