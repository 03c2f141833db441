"""What the report's page is made of beside its data: style, script, parts that stand still."""
