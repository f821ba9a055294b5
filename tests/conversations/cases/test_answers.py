"""What each crisis answer says, and that a signature is under exactly those words."""

from dataclasses import replace

import pytest

from conversations.cases.answers import NotSignable, answers, digest, keys, lacks, sign, unsigned, worded
from conversations.texts import measure
from conversations.texts.catalogue import LANGUAGES
from tests.conversations.given import ANA, GLORIA, NOW, POLICY, Desk

HERE = replace(POLICY, abuse_line="1-800-962-2873")


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("key", keys())
def test_every_answer_says_what_it_must(key: str, language: str) -> None:
    words = worded(key, language, HERE)
    assert lacks(key, language, words, HERE) == ()
    size = measure(words + "\nAfter this we send no more texts.")
    assert size.segments <= 2


@pytest.mark.parametrize(
    ("key", "language", "away", "names"),
    [
        ("crisis.self_harm", "en", "call or text 988 now", "call or text 988, at any hour"),
        ("crisis.self_harm", "es", "manda AYUDA al 988", "in Spanish: text AYUDA to 988"),
        ("crisis.danger_now", "en", "call 911 now", "call 911 now"),
        ("crisis.abuse", "es", "1-800-422-4453", "the child-abuse line"),
        ("crisis.abuse", "en", "Cora Diaz", "an adult at school by name"),
        ("crisis.friend", "en", "they may not see it at once", "nobody may be watching"),
        ("safety.unsafe_report", "es", "Cora Diaz", "a named person gets in touch, and by when"),
    ],
)
def test_a_wording_that_leaves_it_out_is_found(key: str, language: str, away: str, names: str) -> None:
    assert names in lacks(key, language, worded(key, language, HERE).replace(away, "..."), HERE)


def test_911_comes_first_where_danger_may_be_now() -> None:
    words = worded("crisis.danger_now", "en", HERE)
    assert "911 before any other number" in lacks("crisis.danger_now", "en", f"Call 988. {words}", HERE)


async def test_a_signature_is_under_these_words_and_no_others(desk: Desk) -> None:
    async with desk.database.session() as session:
        assert len(await unsigned(session, HERE)) == 2 * len(keys())
        for each in await answers(session, HERE):
            await sign(session, each, by="Dr. May Lin, superintendent", now=NOW)
        assert await unsigned(session, HERE) == []
        first = (await answers(session, HERE))[0]
        assert first.signed is not None
        assert (first.signed.signed_by, first.signed.at, first.signed.digest) == (
            "Dr. May Lin, superintendent",
            NOW,
            digest(first.wording),
        )
    await desk.run(
        "insert into conversations.text_edit (key, language, wording, at, by)"
        " values ('crisis.friend', 'en', 'Thank you. Please call 988.', now(), 'cora')"
    )
    async with desk.database.session() as session:
        assert await unsigned(session, HERE) == ["crisis.friend (en)"]
        [changed] = [a for a in await answers(session, HERE) if a.state != "signed"]
        assert changed.state == "changed" and changed.before is not None and "tell an adult now" in changed.missing
        with pytest.raises(NotSignable, match="tell an adult now"):
            await sign(session, changed, by="Dr. May Lin", now=NOW)
        other_contact = replace(HERE, help_contact="Dev Shah, district office")
        assert "crisis.abuse (es)" in await unsigned(session, other_contact)
    await desk.run("delete from conversations.text_edit")
    async with desk.database.session() as session:
        assert await unsigned(session, HERE) == []  # the words that were signed are back


@pytest.mark.parametrize(
    ("who", "words", "key", "language"),
    [
        (ANA, "my uncle touches me at night", "crisis.abuse", "en"),
        (GLORIA, "mi tio me toca en la noche", "crisis.abuse", "es"),
        (ANA, "my supervisor keeps asking for my private number and pictures", "safety.unsafe_report", "en"),
    ],
)
async def test_an_unsigned_answer_is_sent_word_for_word(
    district: Desk, who: str, words: str, key: str, language: str
) -> None:
    district.policy = HERE
    await district.text(who, words)
    [answer] = [o for o in await district.outbox(who) if o.reply_to is not None]
    assert answer.body == worded(key, language, HERE)
