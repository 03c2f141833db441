"""The page that an inspector reads: one file without network, with a script of its own.

Comes in: a scan with its photos and findings (``reported_scan``). Goes out: ``report.html``
(``html_page.write_report``). A new section is a function in ``head_and_foot`` or ``limits`` and a
line in ``html_page``; the files beside these are its style and scripts.
"""
