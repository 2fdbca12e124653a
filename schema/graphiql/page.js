// Starts GraphiQL. Queries go over HTTP; subscriptions over graphql-transport-ws, with the tab's headers (such as
// Authorization) as connection parameters, read anew at every connection.
(async () => {
  const place = document.getElementById("graphiql");
  const endpoint = place.dataset.endpoint;
  const socketUrl = location.origin.replace(/^http/, "ws") + endpoint;
  const examples = await (await fetch(endpoint + "/assets/examples.json")).json();
  const overHttp = GraphiQL.createFetcher({ url: endpoint });

  const isSubscription = (params, options) =>
    (options?.documentAST?.definitions ?? []).some(
      (one) =>
        one.kind === "OperationDefinition" &&
        one.operation === "subscription" &&
        (!params.operationName || one.name?.value === params.operationName),
    );

  const fetcher = (params, options) => {
    if (!isSubscription(params, options)) return overHttp(params, options);
    const client = graphqlWs.createClient({
      url: socketUrl,
      lazy: true,
      retryAttempts: 10,
      connectionParams: () => options.headers ?? {},
    });
    return client.iterate(params);
  };

  ReactDOM.createRoot(place).render(
    React.createElement(GraphiQL, {
      fetcher,
      defaultTabs: examples.length ? examples : undefined,
      defaultEditorToolsVisibility: "headers",
      isHeadersEditorEnabled: true,
      shouldPersistHeaders: true,
    }),
  );
})();
