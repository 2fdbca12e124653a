// What a mini-program finds in WeChat, as far as docs/api.md uses it: requests and sockets are real, the rest is memory.
// node -r ./wx.cjs page.js, with the page's options as JSON in OPTIONS and the number of lines to wait for in LINES.
const stored = {};
let logIns = 0;

globalThis.wx = {
  getStorageSync: (name) => stored[name] ?? "",
  setStorageSync: (name, value) => (stored[name] = value),
  login: ({ success }) => success({ code: `o-docs#${(logIns += 1)}-${process.pid}` }),
  request: ({ url, method, header, data, success, fail }) =>
    fetch(url, { method, headers: header, body: JSON.stringify(data) })
      .then(async (response) => success({ statusCode: response.status, data: await response.json() }))
      .catch(fail),
  connectSocket: ({ url, protocols }) => {
    const socket = new WebSocket(url, protocols);
    return {
      send: ({ data }) => socket.send(data),
      close: () => socket.close(),
      onOpen: (listener) => socket.addEventListener("open", listener),
      onMessage: (listener) => socket.addEventListener("message", ({ data }) => listener({ data })),
      onClose: (listener) => socket.addEventListener("close", ({ code, reason }) => listener({ code, reason })),
    };
  },
};

globalThis.Page = (page) => {
  let left = Number(process.env.LINES);
  const log = console.log;
  console.log = (...said) => {
    log(...said);
    left -= 1;
    if (!left) page.onUnload();
  };
  page.onLoad(JSON.parse(process.env.OPTIONS)).catch((error) => {
    console.error(error);
    process.exit(1);
  });
};
