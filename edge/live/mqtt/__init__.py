"""Events and state told to an MQTT broker, and what Home Assistant needs to find them."""
