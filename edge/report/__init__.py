"""From a store to what people and programs read.

Comes in: the store of a scan (``results.write_results``). Goes out: files for other programs
(``exports``), a page for people (``page``) and pictures (``pictures``); ``findings`` says what a
scan of a photo means. A new export is one file in ``exports``, a line in ``results`` and a name in
``result_files``.
"""
