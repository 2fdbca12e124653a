"""Ready queries of the query page: `name.graphql`, variables in `name.json`; shown in the order of their names."""
