"""A file compared with its parent on labelled pictures, and the certificate of it.

Scores come in, a ``Comparison`` and the missed ``VerificationGates`` go out; a new gate is a field
and a check in ``gates``.
"""
