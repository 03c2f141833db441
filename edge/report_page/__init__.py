"""What the report's page is made of beside its data: style, script and the parts that stand still."""
