import pytest
from hypothesis import given
from hypothesis import strategies as st

from conversations.texts.segments import measure

BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = "^{}\\[~]|€\f"


def test_the_basic_table_has_all_its_characters_and_no_other() -> None:
    assert len(set(BASIC)) == 127  # 128 places, one of them the escape
    assert measure(BASIC).encoding == "gsm7"
    assert measure(BASIC).units == 127


@pytest.mark.parametrize("sign", EXTENDED)
def test_the_extension_table_takes_two_septets_a_sign(sign: str) -> None:
    assert (measure(sign).encoding, measure(sign).units) == ("gsm7", 2)


@pytest.mark.parametrize("sign", "áíóúçêÁÍÓÚ`“”’–—…\t\xa0😀漢")
def test_what_is_in_neither_table_makes_the_whole_text_ucs2(sign: str) -> None:
    found = measure("abc" + sign)
    assert found.encoding == "ucs2"
    assert found.units == 3 + (2 if sign == "😀" else 1)


@pytest.mark.parametrize("sign", "éñüà¿¡ÉÑÜ")
def test_the_spanish_signs_that_cost_nothing(sign: str) -> None:
    assert measure(sign).encoding == "gsm7"


@pytest.mark.parametrize(
    ("body", "units", "segments"),
    [
        ("", 0, 1),
        ("a" * 160, 160, 1),
        ("a" * 161, 161, 2),
        ("a" * 306, 306, 2),
        ("a" * 307, 307, 3),
        ("a" * 459, 459, 3),
        ("a" * 460, 460, 4),
        ("€" * 80, 160, 1),
        ("€" * 80 + "a", 161, 2),
        ("á" * 70, 70, 1),
        ("á" * 71, 71, 2),
        ("á" * 134, 134, 2),
        ("á" * 135, 135, 3),
        ("á" * 201, 201, 3),
        ("á" * 202, 202, 4),
        ("😀" * 35, 70, 1),
        ("😀" * 36, 72, 2),
    ],
)
def test_the_edges(body: str, units: int, segments: int) -> None:
    found = measure(body)
    assert (found.units, found.segments) == (units, segments)


def test_how_long_a_text_may_be() -> None:
    assert measure("a").within == 2
    assert measure("á").within == 3


@given(st.text(alphabet=BASIC + EXTENDED, max_size=700))
def test_gsm7_counts_septets(body: str) -> None:
    found = measure(body)
    assert found.encoding == "gsm7"
    assert found.units == len(body) + sum(body.count(sign) for sign in EXTENDED)
    assert found.segments == (1 if found.units <= 160 else -(-found.units // 153))


@given(st.text(max_size=300), st.text(max_size=20))
def test_more_words_never_take_fewer_segments_or_units(body: str, more: str) -> None:
    one, both = measure(body), measure(body + more)
    assert both.segments >= one.segments
    assert (both.encoding == "gsm7") <= (one.encoding == "gsm7")
    if both.encoding == "ucs2":
        assert both.units == len((body + more).encode("utf-16-le")) // 2
