"""What other programs read of a scan: tables, maps, annotations.

Comes in: photos with their findings. Goes out: the bytes of one file from each module; the facts,
names and digits that all of them share are in ``edge.report.columns``.
"""
