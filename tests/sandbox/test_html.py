from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.sandbox.entities import clean, utf16_length
from bot.sandbox.html_reader import read_html
from bot.sandbox.markup import to_html
from bot.sandbox.parameters import Call
from bot.sandbox.refusals import Refused
from bot.sandbox.texts import message_text

PLAIN = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=200)
TAGS = ["b", "i", "u", "s", "code", "tg-spoiler", "blockquote"]


def kept(text: str) -> str:
    """What Telegram keeps of a text: documented in docs/SANDBOX.md."""
    return clean(text).strip(" \n")


@settings(deadline=None)
@given(PLAIN)
def test_any_escaped_text_is_taken_and_comes_back_the_same(text: str) -> None:
    call = Call("sendMessage", {"text": escape(text), "parse_mode": "HTML"})
    if kept(text):
        assert message_text(call)["text"] == kept(text)
    else:
        with pytest.raises(Refused, match="must be non-empty"):
            message_text(call)


@settings(deadline=None)
@given(st.lists(st.tuples(st.sampled_from(TAGS), PLAIN), min_size=1, max_size=5))
def test_entities_cover_exactly_their_words_in_utf16_units(marked: list[tuple[str, str]]) -> None:
    source = "".join(f"<{tag}>{escape(text)}</{tag}>" for tag, text in marked)
    text, entities = read_html(source)
    units = text.encode("utf-16-le", "surrogatepass")
    for entity in entities:
        begin, end = entity["offset"] * 2, (entity["offset"] + entity["length"]) * 2
        covered = units[begin:end].decode("utf-16-le")
        assert covered in [plain for _, plain in marked]
    assert utf16_length(text) * 2 == len(units)


@settings(deadline=None)
@given(PLAIN, st.lists(st.tuples(st.sampled_from(["bold", "url", "text_link", "odd"]),
                                 st.integers(0, 20), st.integers(1, 20))))  # fmt: skip
def test_the_page_never_gets_markup_of_a_person(
    text: str, spans: list[tuple[str, int, int]]
) -> None:
    entities = [
        {"type": kind, "offset": offset, "length": length, "url": 'javascript:"<x>'}
        for kind, offset, length in spans
    ]
    html = to_html(text, entities)
    allowed = ("<b>", "</b>", "<span>", "</span>", "<br>", "</a>")
    for tag in allowed:
        html = html.replace(tag, "")
    assert "<" not in html.replace('<a href="', "")
    assert "javascript" not in html or "javascript" in text


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("ä😀<x>y</x>", 'Unsupported start tag "x" at byte offset 6'),
        ("<b>unclosed", 'Can\'t find end tag corresponding to start tag "b"'),
        ("<b><i>x</b></i>", 'Unmatched end tag at byte offset 7, expected "</i>", found "</b>"'),
        ("x</b>", "Unexpected end tag at byte offset 1"),
        ("é<b", "Unclosed start tag at byte offset 2"),
        ("<b>x</b", "Unclosed end tag at byte offset 4"),
        ("1 < 2", 'Unsupported start tag "" at byte offset 2'),
        ('<a href="x', "Unclosed start tag at byte offset 0"),
        ("<a href=x&y>z</a>", "Unexpected end of name token at byte offset 8"),
        ('<a "x">z</a>', 'Empty attribute name in the tag "a" at byte offset 0'),
        ("<span>x</span>", 'Tag "span" must have class "tg-spoiler" at byte offset 0'),
        ("<p>x</p>", 'Unsupported start tag "p" at byte offset 0'),
        ("<br>", 'Unsupported start tag "br" at byte offset 0'),
    ],
)
def test_mistakes_are_refused_with_their_byte_offset(source: str, problem: str) -> None:
    with pytest.raises(Refused) as refused:
        read_html(source)
    assert refused.value.description == f"Bad Request: can't parse entities: {problem}"


@pytest.mark.parametrize(
    ("source", "text", "entities"),
    [
        ("😀<b>x</b>", "😀x", [{"type": "bold", "offset": 2, "length": 1}]),
        ("<B>x</>", "x", [{"type": "bold", "offset": 0, "length": 1}]),
        ("&lt;&amp;&quot;&#65;&#x1F600;&nbsp;&", '<&"A😀&nbsp;&', []),
        (
            "<tg-spoiler>x</tg-spoiler><span class='tg-spoiler'>y</span>",
            "xy",
            [
                {"type": "spoiler", "offset": 0, "length": 1},
                {"type": "spoiler", "offset": 1, "length": 1},
            ],
        ),
        (
            "<blockquote expandable>x</blockquote>",
            "x",
            [{"type": "expandable_blockquote", "offset": 0, "length": 1}],
        ),
        (
            '<a href="https://a.example/?x=1&amp;y=2">x</a>',
            "x",
            [
                {
                    "type": "text_link",
                    "offset": 0,
                    "length": 1,
                    "url": "https://a.example/?x=1&y=2",
                }
            ],
        ),
        ('call <a href="tel:+15551234567">us</a>', "call us", []),
        (
            '<pre><code class="language-python">x</code></pre>',
            "x",
            [{"type": "pre", "offset": 0, "length": 1, "language": "python"}],
        ),
        (
            '<tg-time unix="1795608000" format="wDT">noon</tg-time>',
            "noon",
            [
                {
                    "type": "date_time",
                    "offset": 0,
                    "length": 4,
                    "unix_time": 1795608000,
                    "date_time_format": "wDT",
                }
            ],
        ),
    ],
)
def test_what_telegram_reads(source: str, text: str, entities: list[dict[str, object]]) -> None:
    assert read_html(source) == (text, entities)


@pytest.mark.parametrize(
    ("text", "kinds"),
    [
        ("/start now", ["bot_command"]),
        ("a/b /help@sandbox_bot", ["bot_command"]),
        ("call +1-212-555-0123 or 988", ["phone_number"]),
        ("see https://a.example/x. ok", ["url"]),
        ("me@a.example #tag @someone", ["email", "hashtag", "mention"]),
        ("1 kg / 2 kg, 50 mg/h", []),
    ],
)
def test_telegram_marks_commands_and_addresses_by_itself(text: str, kinds: list[str]) -> None:
    found = message_text(Call("sendMessage", {"text": text})).get("entities", [])
    assert [entity["type"] for entity in found] == kinds


@pytest.mark.parametrize("mode", ["Markdown", "MarkdownV2"])
def test_markdown_is_refused_plainly(mode: str) -> None:
    with pytest.raises(Refused, match="the sandbox does not read parse_mode"):
        message_text(Call("sendMessage", {"text": "x", "parse_mode": mode}))


def test_the_page_shows_entities_inside_each_other() -> None:
    text, entities = read_html("<b>a<i>😀</i></b>\n<a href='https://a.example'>&lt;</a>")
    assert to_html(text, entities) == (
        "<b>a<i>😀</i></b><br>"
        '<a href="https://a.example/" rel="noreferrer noopener" target="_blank">&lt;</a>'
    )
