"""A machine measured: how it scans and watches fastest, kept in a profile.

Comes in: a model. Goes out: a plan for threads and photos in flight (``choose.parallelism_for``).
"""
