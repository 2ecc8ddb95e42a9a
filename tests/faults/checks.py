"""The invariants, each read from the books alone."""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from bot.domain.messages import Lane
from bot.ground import CONTENT
from bot.library import Library
from bot.storage.inbox import MAX_ATTEMPTS
from tests.faults.books import Books, Kept, Said, bare, scene_of_a_kill
from tests.faults.crowd import Plan, word_of
from tests.faults.matching import Matched, Source, match, source_of
from tests.faults.stage import Stage

_WORD = re.compile(r"zq\d{5}qz")
ENDS = {
    # What a row of each lane may end as; everything else was lost or is stuck.
    Lane.SAFETY: {"sent"},
    Lane.REPLY: {"sent", "superseded"},
    Lane.CHECKIN: {"sent", "superseded", "expired"},
    Lane.NUDGE: {"sent", "unknown", "expired"},
    Lane.SUMMARY: {"sent", "unknown", "expired"},
}


@dataclass(frozen=True, slots=True)
class Check:
    """One invariant: what was counted, and every case in which it did not hold."""

    name: str
    counted: int
    broken: list[str]


@dataclass(slots=True)
class Crashes:
    """How often a crash found something unfinished: outbox rows by number, updates by number."""

    in_flight: Counter[int] = field(default_factory=Counter)
    undone: Counter[int] = field(default_factory=Counter)
    under_way: Counter[int] = field(default_factory=Counter)
    calls: dict[int, int] = field(default_factory=dict)
    """Who called for help, by the update: some presses expire before they are kept."""

    def note(self, place: Stage) -> None:
        """A bot on SQLite has just ended: what it left unfinished explains copies later."""
        scene = scene_of_a_kill(place.database, place.data / "key")
        self.in_flight.update(scene.in_flight)
        unconfirmed = [pending.update_id for pending in place.world.updates.waiting()]
        self.under_way.update(scene.under_way)
        self.undone.update({*scene.undone, *unconfirmed})


@dataclass(frozen=True, slots=True)
class Findings:
    """All checks of a run, and the figures beside them."""

    checks: list[Check]
    extra_copies: int
    states: dict[str, int]

    @property
    def broken(self) -> list[str]:
        """Every case in which an invariant did not hold."""
        return [f"{check.name}: {case}" for check in self.checks for case in check.broken]


def examine(
    books: Books, crashes: Crashes, plans: Iterable[Plan] = (), until: datetime | None = None
) -> Findings:
    """Check everything; `plans` are the schedules whose occurrences up to `until` must be there."""
    matched = match(books.sends, [*_rows(books, crashes), *_first_aid(books, crashes)])
    checks = [
        _confirmed_is_kept(books),
        _ends_done(books, crashes),
        _set_aside_with_reason(books, crashes),
        _is_answered(books),
        _ends_well(books),
        _sent_is_in_the_ledger(books),
        _no_copy_too_many(books, matched),
        _nudges_once(books, matched),
        _help_for_each_call(books),
        _nobody_elses_words(books),
    ]
    if until is not None:
        checks.append(_occurrences(books, list(plans), until))
    extra = sum(number - 1 for number in matched.copies.values())
    states = Counter(f"{row.lane.name.lower()} {row.state}" for row in books.said)
    return Findings(checks, extra, dict(sorted(states.items())))


def _rows(books: Books, crashes: Crashes) -> list[Source]:
    return [source_of(row, crashes.in_flight[row.seq]) for row in books.said]


def _first_aid(books: Books, crashes: Crashes) -> list[Source]:
    """First aid is no row of the outbox: each call for help explains a card, and crashes more."""
    cards = _help_cards()
    answered = {row.dedupe for row in books.said}
    known = {kept.update_id for kept in books.kept}
    vanished = [
        Source(f"aid:{number}", chat_id, cards, room=crashes.undone[number])
        for number, chat_id in crashes.calls.items()
        if number not in known
    ]
    return vanished + [
        Source(
            name=f"aid:{kept.update_id}",
            chat_id=_chat_of(kept),
            texts=cards,
            # Where the durable way answered, its row explains the card.
            room=crashes.undone[kept.update_id] + (f"reply:{kept.seq}:0" not in answered),
        )
        for kept in books.kept
        if kept.asks_for_help
    ]


def _help_cards() -> frozenset[str]:
    library = Library.load(CONTENT)
    countries = (None, *library.countries)
    return frozenset(
        bare(library.render(library.help_card(country), language).plain)
        for country in countries
        for language in library.languages
    )


def _chat_of(kept: Kept) -> int:
    press = kept.update.get("callback_query", {})
    message: Mapping[str, Mapping[str, int]] = kept.update.get("message") or press.get("message")
    return message["chat"]["id"]


def _confirmed_is_kept(books: Books) -> Check:
    safe = {kept.update_id for kept in books.kept} | set(books.spooled)
    lost = [f"update {number}" for number in books.confirmed if number not in safe]
    return Check("a confirmed update is in the inbox or the spool", len(books.confirmed), lost)


def _ends_done(books: Books, crashes: Crashes) -> Check:
    stuck = [
        f"inbox {kept.seq} is {kept.state} ({kept.reason})"
        for kept in books.kept
        if kept.state != "done" and not _is_set_aside(kept, crashes)
    ]
    return Check("every inbox row is done", len(books.kept), stuck)


def _is_set_aside(kept: Kept, crashes: Crashes) -> bool:
    """Three crashes in a row found it being handled: then it counts as what causes them."""
    fatal = kept.state == "dead" and kept.reason == "killed_the_process"
    return fatal and crashes.under_way[kept.update_id] >= MAX_ATTEMPTS


def _set_aside_with_reason(books: Books, crashes: Crashes) -> Check:
    aside = [kept for kept in books.kept if _is_set_aside(kept, crashes)]
    told = {row.dedupe for row in books.said if row.state == "sent"}
    silent = [f"inbox {kept.seq}" for kept in aside if f"dead:{kept.seq}" not in told]
    return Check("set aside after three crashes in it, with an apology", len(aside), silent)


def _is_answered(books: Books) -> Check:
    answered = Counter(row.dedupe.split(":")[1] for row in books.said if row.dedupe[:6] == "reply:")
    wanted = [kept for kept in books.kept if kept.wants_reply and kept.state == "done"]
    silent = [f"inbox {kept.seq}" for kept in wanted if not (answered[str(kept.seq)] or kept.aided)]
    return Check("every update has a reply", len(wanted), silent)


def _ends_well(books: Books) -> Check:
    wrong = [
        f"outbox {row.seq} {row.dedupe} is {row.state}"
        for row in books.said
        if row.state not in ENDS[row.lane]
    ]
    return Check("every message has come to its end", len(books.said), wrong)


def _sent_is_in_the_ledger(books: Books) -> Check:
    there = {(send["chat_id"], send["message_id"], send["text"]) for send in books.sends}
    sent = [row for row in books.said if row.state == "sent"]
    missing = [
        f"outbox {row.seq} {row.dedupe}"
        for row in sent
        if (row.chat_id, row.message_id, row.text) not in there
    ]
    return Check("what is booked as sent is in the ledger", len(sent), missing)


def _no_copy_too_many(books: Books, matched: Matched) -> Check:
    too_many = [
        f"ledger {send['n']} {send['method']} in {send['chat_id']}: {send['text'][:40]!r}"
        for send in matched.unexplained
    ]
    name = "at most one extra copy per crash that found it in flight"
    return Check(name, len(books.sends), too_many)


def _nudges_once(books: Books, matched: Matched) -> Check:
    nudges = [row for row in books.said if not row.lane.repeats_when_unknown]
    texts = {row.text for row in nudges}
    sent = [send for send in books.sends if send["text"] in texts]
    twice = [row.dedupe for row in nudges if matched.copies[row.dedupe] > 1]
    strays = [f"ledger {send['n']}" for send in matched.unexplained if send["text"] in texts]
    return Check("a nudge is in the ledger once at most", len(sent), twice + strays)


def _help_for_each_call(books: Books) -> Check:
    cards = _help_cards()
    given = Counter(send["chat_id"] for send in books.sends if send["text"] in cards)
    asked = Counter(_chat_of(kept) for kept in books.kept if kept.asks_for_help)
    short = [
        f"{number - given[chat]} too few in {chat}"
        for chat, number in asked.items()
        if given[chat] < number
    ]
    return Check("a help card for each call for help", sum(asked.values()), short)


def _nobody_elses_words(books: Books) -> Check:
    strange = [
        f"ledger {send['n']} in {send['chat_id']}"
        for send in books.sends
        if set(_WORD.findall(send["text"])) - {word_of(send["chat_id"])}
    ]
    named = sum(1 for send in books.sends if _WORD.search(send["text"]))
    return Check("nobody reads another person's words", named, strange)


def _occurrences(books: Books, plans: list[Plan], until: datetime) -> Check:
    """Exactly one row for each occurrence, counted from the plan and not from the due table."""
    expected = Counter({(plan.person, plan.kind): len(plan.occurrences(until)) for plan in plans})
    found = Counter((row.chat_id, kind) for row in books.said if (kind := _kind_of(row)))
    wrong = [
        f"{kind} of {person}: {found[person, kind]} rows for {number} occurrences"
        for (person, kind), number in expected.items()
        if found[person, kind] != number
    ]
    return Check("one message row for each occurrence", sum(expected.values()), wrong)


def _kind_of(row: Said) -> str | None:
    head = row.dedupe.split(":")[0]
    return {"nudge": "nudge", "checkin": "daily"}.get(head)
