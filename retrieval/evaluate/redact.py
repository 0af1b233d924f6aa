"""Take out of a text what names or pays for a person."""

import re

_EMAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
_CARD = re.compile(r"(?<![\w-])\d(?:[ -]?\d){12,18}(?![\w-])")
_DATE = r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}\b|\d{4}-\d{2}-\d{2}\b"
_PHONE = re.compile(
    rf"(?<![\w/=-])(?!{_DATE})"
    r"(?:(?:\+|00)\d[\d\s().\-/]{5,17}\d|\(?0\d[\d\s().\-/]{5,15}\d"
    r"|\(?\d{3}\)?[-. ]\d{3}[-. ]\d{4})(?!\w)"
)
"""International, national with a leading 0, and North American; order numbers are neither."""
_FEWEST_DIGITS = 8


def redact(text: str) -> str:
    """Replace e-mail addresses, card numbers and telephone numbers by what they were."""
    text = _EMAIL.sub("[email]", text)
    text = _CARD.sub(lambda found: "[card]" if _is_card(found[0]) else found[0], text)
    return _PHONE.sub(lambda found: "[phone]" if _is_phone(found[0]) else found[0], text)


def _is_card(number: str) -> bool:
    """Check the last digit as ISO/IEC 7812 has it (Luhn), which one number in ten passes."""
    digits = [int(one) for one in reversed(number) if one.isdigit()]
    doubled = (2 * one - 9 if one > 4 else 2 * one for one in digits[1::2])
    return (sum(digits[::2]) + sum(doubled)) % 10 == 0


def _is_phone(number: str) -> bool:
    return sum(one.isdigit() for one in number) >= _FEWEST_DIGITS
