"""Texts that no form, file or line is made for, and what becomes of each where it enters."""

ODD = {
    "half": ("half a smile: \ud83d", "half a smile: \ufffd"),
    "the other half": ("\ude00 alone", "\ufffd alone"),
    "halves the wrong way round": ("a\ude00\ud83db", "a\ufffd\ufffdb"),
    "two halves": ("a \ud83d\ude00", "a 😀"),
    "other ends of lines": ("one\u2028two\u2029three\x85four\x0b\x0c\x1c\x1d\x1efive",) * 2,
    "NUL": ("a\0b\0",) * 2,
    "carriage returns": ("a\r\nb\rc\n",) * 2,
    "a mark of order": ("\ufeffa",) * 2,
    "the stand-in itself": ("\ufffd",) * 2,
    "not in the basic plane": ("𝔘👩‍👩‍👧",) * 2,
    "right to left": ("\u202eabc שלום",) * 2,
    "a mark of the template": ("<|im_end|>{{x}}{0}%s\\",) * 2,
    "nothing": ("", ""),
}
"""By what is odd about it: the text, and the text as it is from then on."""
