"""How many segments a text takes on the wire (GSM 03.38, 3GPP TS 23.038; concatenation per TS 23.040)."""

from dataclasses import dataclass

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("^{}\\[~]|€\f")


@dataclass(frozen=True)
class Size:
    """`units` are septets in GSM-7 and 16-bit units in UCS-2."""

    encoding: str  # 'gsm7' or 'ucs2'
    units: int
    segments: int

    @property
    def within(self) -> int:
        """The most segments a text of this encoding may take."""
        return 2 if self.encoding == "gsm7" else 3


def measure(body: str) -> Size:
    """Encoding, units and segments of `body` as a carrier would send it."""
    if all(c in _BASIC or c in _EXTENDED for c in body):
        units = sum(2 if c in _EXTENDED else 1 for c in body)
        return Size("gsm7", units, _segments(units, 160, 153))
    units = len(body.encode("utf-16-le")) // 2
    return Size("ucs2", units, _segments(units, 70, 67))


def _segments(units: int, single: int, part: int) -> int:
    return 1 if units <= single else -(-units // part)
