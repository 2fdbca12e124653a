// The npm graphql-ws client: follows a subscription and prints one JSON line per thing that happens.
// Usage: node follow.mjs URL '["token of the first connection", "of the second", …]'
// `after` is set to every cursor that arrives, so that whatever reconnects goes on from there.
import { createClient } from "graphql-ws";
import WebSocket from "ws";

const [url, tokens] = [process.argv[2], JSON.parse(process.argv[3])];
const say = (what) => console.log(JSON.stringify(what));
const payload = {
  query: "subscription($after: Cursor) { ticks(after: $after, everyMs: 20) { cursor } }",
  variables: { after: null },
};
let connections = 0;

const client = createClient({
  url,
  webSocketImpl: WebSocket,
  connectionParams: () => ({ authorization: `Bearer ${tokens[Math.min(connections++, tokens.length - 1)]}` }),
  retryAttempts: 200,
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
    payload.variables.after = data.ticks.cursor;
    say({ tick: data.ticks.cursor });
  },
  error: (error) => {
    say({ failed: error.code ?? String(error) });
    process.exit(3);
  },
  complete: () => say({ complete: true }),
});
