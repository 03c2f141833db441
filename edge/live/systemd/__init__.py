"""What a service of months needs: messages to systemd, its unit file, secrets from files."""
