"""Odd things that reach a bot, by kind; the numbers are those of the project's list of faults."""

TEXTS: dict[str, tuple[str, ...]] = {
    "empty or invisible": ("", " ", "\n\n", "\u200b", "\u2060\ufeff", "\u3164"),
    "very long or very short": ("a" * 4096, "🌊" * 2048, "x", "."),
    "broken characters": ("\ud800", "a\x00b", "\udc00tail", "\x1b[31mred", "\x85\x9b"),
    "combining marks": ("a" + "\u0301" * 100, "e\u0301", "é", "\ufb01sh"),
    "direction marks": ("\u202egnp.exe", "\u2066x\u2067y", "\u2069\u2069\u202c"),
    "many scripts": ("שלום עולם", "กขคงจ", "漢字かな交じり文", "👨‍👩‍👧‍👦🇩🇪👍🏽", "مرحبا 12"),
    "look-alikes": ("kіll", "k i l l", "unalive", "kms", "💊🔫", "d*e"),
    "markup": ("<b>bold</a>", "&lt;&amp", "<tg-time unix='1'>", "_*[]()~>#+-=|{}.!\\"),
    "templates": ("{0.__class__}", "%s%n%d", "{{7*7}}", "$IFS", "{ $typed }", "{???}"),
    "log lines": ("a\r\nb", '\n{"event": "forged"}', "\x1b[2J"),
    "words of ours": ("null", "None", "true", "!skip", "d:x:y:z", "checkin", "join:agree", "none"),
}

_FILE = {"file_id": "f", "file_unique_id": "u"}
_SIZED = {**_FILE, "width": 10, "height": 10}
_CHAT = {"id": -1009, "type": "channel", "title": "c"}

MESSAGES: dict[str, dict[str, object]] = {
    "photo": {"photo": [_SIZED], "caption": "c" * 1024},
    "video": {"video": {**_SIZED, "duration": 1}},
    "video note": {"video_note": {**_FILE, "length": 10, "duration": 1}},
    "voice": {"voice": {**_FILE, "duration": 1}},
    "audio": {"audio": {**_FILE, "duration": 1}},
    "document": {"document": {**_FILE, "file_name": "/sos", "file_size": 30_000_000}},
    "sticker": {
        "sticker": {**_SIZED, "is_animated": False, "is_video": False, "type": "regular"},
    },
    "dice": {"dice": {"emoji": "🎲", "value": 6}},
    "game": {"game": {"title": "t", "description": "d", "photo": [_SIZED]}},
    "location": {"location": {"latitude": 1.0, "longitude": 2.0}},
    "live location": {"location": {"latitude": 1.0, "longitude": 2.0, "live_period": 60}},
    "contact": {"contact": {"phone_number": "+491", "first_name": "/stop"}},
    "venue": {
        "venue": {
            "location": {"latitude": 1.0, "longitude": 2.0},
            "title": "t",
            "address": "a",
        }
    },
    "story": {"story": {"chat": _CHAT, "id": 1}},
    "paid media": {"paid_media": {"star_count": 1, "paid_media": [{"type": "preview"}]}},
    "giveaway": {
        "giveaway": {"chats": [_CHAT], "winners_selection_date": 1_800_000_000, "winner_count": 1}
    },
    "checklist": {"checklist": {"title": "t", "tasks": [{"id": 1, "text": "x"}]}},
    "poll": {
        "poll": {
            "id": "1",
            "question": "q",
            "options": [],
            "total_voter_count": 0,
            "is_closed": False,
            "is_anonymous": True,
            "type": "regular",
            "allows_multiple_answers": False,
            "allows_revoting": False,
            "members_only": False,
        }
    },
    "a kind of a later Telegram": {"hologram": {"depth": 3}},
}

_EVE = {"id": 77, "is_bot": False, "first_name": "Eve"}
_GROUP = {"id": -100500, "type": "supergroup", "title": "g"}
_BOT = {"id": 1, "is_bot": True, "first_name": "b", "username": "sandbox_bot"}
_IN_GROUP = {"message_id": 5, "date": 1_790_000_000, "chat": _GROUP}


def _member(chat: dict[str, object], status: str) -> dict[str, object]:
    old: dict[str, object] = {"user": _BOT, "status": "left"}
    new: dict[str, object] = {"user": _BOT, "status": status}
    if status == "kicked":
        new["until_date"] = 0
    if status == "administrator":
        rights = (
            "can_be_edited is_anonymous can_manage_chat can_delete_messages can_manage_video_chats"
            " can_restrict_members can_promote_members can_change_info can_invite_users"
            " can_post_stories can_edit_stories can_delete_stories"
        )
        new.update(dict.fromkeys(rights.split(), False))
    return {
        "chat": chat,
        "from": _EVE,
        "date": 1_790_000_000,
        "old_chat_member": old,
        "new_chat_member": new,
    }


NOT_FOR_US: dict[str, dict[str, object]] = {
    "a text in a group": {"message": {**_IN_GROUP, "from": _EVE, "text": "/start"}},
    "help in a group": {"message": {**_IN_GROUP, "from": _EVE, "text": "/sos"}},
    "a text in a topic": {
        "message": {**_IN_GROUP, "from": _EVE, "text": "x", "message_thread_id": 3}
    },
    "an anonymous admin": {"message": {**_IN_GROUP, "sender_chat": _GROUP, "text": "/stop"}},
    "a group that moves": {"message": {**_IN_GROUP, "from": _EVE, "migrate_to_chat_id": -1009999}},
    "a channel post": {
        "channel_post": {"message_id": 5, "date": 1, "chat": _CHAT, "text": "/checkin"}
    },
    "a business message": {
        "business_message": {
            "message_id": 5,
            "date": 1,
            "chat": {"id": 77, "type": "private"},
            "from": _EVE,
            "text": "/checkin",
            "business_connection_id": "b",
        }
    },
    "a reaction": {
        "message_reaction": {
            "chat": {"id": 77, "type": "private"},
            "message_id": 5,
            "date": 1,
            "user": _EVE,
            "old_reaction": [],
            "new_reaction": [],
        }
    },
    "an inline query": {"inline_query": {"id": "1", "from": _EVE, "query": "/sos", "offset": ""}},
    "a kind of a later Telegram": {"mind_reading": {"thought": "/stop", "from": _EVE}},
    "nothing at all": {},
    "added to a group": {"my_chat_member": _member(_GROUP, "member")},
    "made an admin": {"my_chat_member": _member(_GROUP, "administrator")},
    "thrown out of a group": {"my_chat_member": _member(_GROUP, "kicked")},
    "left a group": {"my_chat_member": _member(_GROUP, "left")},
    "added to a channel": {"my_chat_member": _member(_CHAT, "administrator")},
}
