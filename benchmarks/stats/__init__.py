"""What figures can be trusted for: intervals, steadiness, differences. Pure numpy."""
