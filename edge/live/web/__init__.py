"""Observations, state and events in, the live page out. Needs the extra ``live``."""
