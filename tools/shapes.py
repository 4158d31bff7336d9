"""What checks types and shapes while testing: an int will do where a float is wanted, as everywhere in Python."""

from beartype import BeartypeConf, beartype

checked = beartype(conf=BeartypeConf(is_pep484_tower=True))
