// Starts GraphiQL. Queries go over HTTP; subscriptions over graphql-transport-ws, with the tab's headers (such as
// Authorization) as connection parameters, read anew at every connection. A tab without Authorization asks as whoever
// has logged in on this page last; that token is kept in memory only.
(async () => {
  const place = document.getElementById("graphiql");
  const endpoint = place.dataset.endpoint;
  const socketUrl = location.origin.replace(/^http/, "ws") + endpoint;
  const examples = await (await fetch(endpoint + "/assets/examples.json")).json();
  const overHttp = GraphiQL.createFetcher({ url: endpoint, enableIncrementalDelivery: false });
  let accessToken = null;

  const withToken = (headers = {}) => {
    const names = Object.keys(headers).map((name) => name.toLowerCase());
    if (!accessToken || names.includes("authorization")) return headers;
    return { ...headers, Authorization: `Bearer ${accessToken}` };
  };

  const remember = (answer) => {
    for (const value of Object.values(answer?.data ?? {})) accessToken = value?.accessToken ?? accessToken;
    return answer;
  };

  const isSubscription = (params, options) =>
    (options?.documentAST?.definitions ?? []).some(
      (one) =>
        one.kind === "OperationDefinition" &&
        one.operation === "subscription" &&
        (!params.operationName || one.name?.value === params.operationName),
    );

  const fetcher = (params, options) => {
    if (!isSubscription(params, options)) {
      const asked = overHttp(params, { ...options, headers: withToken(options?.headers) });
      return Promise.resolve(asked).then(remember);
    }
    const client = graphqlWs.createClient({
      url: socketUrl,
      lazy: true,
      retryAttempts: 10,
      connectionParams: () => withToken(options?.headers),
    });
    return client.iterate(params);
  };

  ReactDOM.createRoot(place).render(
    React.createElement(GraphiQL, {
      fetcher,
      defaultTabs: examples.length ? examples : undefined,
      defaultEditorToolsVisibility: "variables",
      isHeadersEditorEnabled: true,
      shouldPersistHeaders: true,
    }),
  );
})();
