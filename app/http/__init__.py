"""What is asked over HTTP besides GraphQL: carriers' pushes, health."""
