"""What this project holds itself to: its scan, training, formats and live loop, as ratios."""
