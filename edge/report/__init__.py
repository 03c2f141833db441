"""From a store to what people and programs read.

Comes in: the store of a scan. Goes out: report, tables, maps, annotations and the pictures of each
photo. A new export is one file here, a line in ``results`` and a name in ``result_files``.
"""
