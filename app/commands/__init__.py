"""The commands of `tributary`, one module each, exporting `command`."""
