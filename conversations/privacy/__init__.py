"""Keeping no longer than needed, erasing a person, and showing a person what is held.

`columns.yml` declares every column; `retention` empties what is too old; `erasure` erases a person; `at_carrier` erases
at the carrier what those two ask for; `tombstones` keeps erased what was erased; `record` is the inspection copy.
"""
