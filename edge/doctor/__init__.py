"""The machine examined before it is trusted with scans.

``examine.examine_machine`` takes a folder for results and a model, looks at the board, the system,
what scoring needs, the model itself, cameras and extras, and returns one ``check.Check`` for each:
what was found, and what to do where something is missing. ``shot.check_source`` takes a test shot
of one camera. Whatever may crash is tried in a process of its own.
"""
