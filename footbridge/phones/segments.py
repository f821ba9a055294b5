"""How many parts a text is sent in, as a carrier counts them (GSM 03.38, 3GPP TS 23.038)."""

_BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§"
    "¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = "\f^{}\\[~]|€"


def count_segments(text: str) -> int:
    """160 septets in one part or 153 in each of several; 70 or 67 UTF-16 units beyond GSM-7."""
    if all(letter in _BASIC or letter in _EXTENDED for letter in text):
        length = sum(2 if letter in _EXTENDED else 1 for letter in text)
        one, each = 160, 153
    else:
        length = len(text.encode("utf-16-le")) // 2
        one, each = 70, 67
    return 1 if length <= one else -(-length // each)
