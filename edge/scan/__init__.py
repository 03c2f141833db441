"""Many photos to a store and a report: side by side, going on where one ended, merging.

Comes in: folders of photos, models and settings (``folder_scan.scan_folders``). Goes out: a folder
of results and its summary.
"""
