"""The Python API: what ``import crack_edge`` offers, and in ``results`` the types that it returns.

Comes in: paths, NumPy arrays (uint8, RGB) and plain values. Goes out: frozen dataclasses, whose
names and fields stay as they are.
"""
