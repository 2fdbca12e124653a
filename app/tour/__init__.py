"""The main job, played against a running mall by real clients over HTTP and WebSocket only."""
