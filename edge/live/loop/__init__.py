"""The loop over frames, and what it shares with others: state, controls, and what a sink is."""
