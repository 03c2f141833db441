"""Second looks: doubtful tiles of a scan, and the labels that people gave them.

Comes in: the store of a scan; later the sorted tiles. Goes out: a folder of tiles to label, and
labelled data to train on.
"""
