"""What is asked over HTTP besides GraphQL: health."""
