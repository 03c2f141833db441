"""Notices of events and the state in, messages to an MQTT broker and Home Assistant out."""
