"""Bytes and paths: whole files written, strict JSON, tables, pages, names made safe, errors.

Comes in: bytes, text and paths, also from outside. Goes out: files that are whole or absent, values
read strictly, one line of text for every error that a user can cause (``errors``).
"""
