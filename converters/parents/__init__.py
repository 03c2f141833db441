"""The models that files are converted from: our own, and third-party ones.

A path (and, of a third-party model, a ``ModelSpec``) comes in, a ``KerasModel`` in our layout goes
out. ``load`` is the entry; a new kind of parent is one module and one line there.
"""
