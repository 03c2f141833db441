"""Events kept in a folder: lines of JSON and pictures, bounded in size and age."""
