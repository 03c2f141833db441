"""What a scan found, kept: one SQLite file, in which each photo is whole or absent.

Comes in: the identity of a scan and the result of each photo. Goes out: the same, typed, also
while the scan still writes (``scan_store.Store``), and the paths of its pictures.
"""
