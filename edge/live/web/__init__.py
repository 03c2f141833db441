"""The live page. Needs the extra ``live``: imported only when it is served."""
