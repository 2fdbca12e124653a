// The npm graphql-ws client against the mall: follows every event and prints one JSON line per thing that happens.
// Usage: node follow_mall.mjs HTTP_URL WS_URL ACCESS_TOKEN REFRESH_TOKEN
// The first connection uses the access token; each later one refreshes the session first, as a client has to.
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const [httpUrl, wsUrl, firstToken, firstRefresh] = process.argv.slice(2);
const say = (what) => console.log(JSON.stringify(what));
const payload = {
  query: `subscription($after: Cursor) { events(after: $after, topics: [ORDERS]) { __typename
    ... on EventEnvelope { cursor event { ... on OrderChanged { version order { id } } } }
    ... on CaughtUp { cursor }
    ... on Resync { cursor reason } } }`,
  variables: { after: null },
};
let refreshToken = firstRefresh;
let connections = 0;

async function accessToken() {
  if (connections++ === 0) return firstToken;
  const query = `mutation($input: RefreshSessionInput!) { refreshSession(input: $input) {
    ... on Session { accessToken refreshToken } ... on LogInRefused { message } } }`;
  const answer = await fetch(httpUrl, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query, variables: { input: { refreshToken } } }),
  }).then((response) => response.json());
  const session = answer.data.refreshSession;
  refreshToken = session.refreshToken;
  say({ refreshed: Boolean(session.accessToken) });
  return session.accessToken;
}

const client = createClient({
  url: wsUrl,
  webSocketImpl: WebSocket,
  connectionParams: async () => ({ authorization: `Bearer ${await accessToken()}` }),
  retryAttempts: 500,
  shouldRetry: () => true, // else a refused connection, while the server restarts, is the end
  retryWait: () => new Promise((resolve) => setTimeout(resolve, 100)),
  on: {
    connected: () => say({ connected: connections }),
    closed: (event) => say({ closed: event.code }),
  },
});

client.subscribe(payload, {
  next: ({ data, errors }) => {
    if (errors) return say({ errors });
    const said = data.events;
    payload.variables.after = said.cursor;
    say({ [said.__typename]: said.cursor, version: said.event?.version });
  },
  error: (error) => {
    say({ failed: error.code ?? String(error) });
    process.exit(3);
  },
  complete: () => say({ complete: true }),
});
