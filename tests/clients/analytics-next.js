// @segment/analytics-next 1, the browser library, in jsdom: it asks /v1/projects/KEY/settings where to send, then posts
// each event alone as text/plain. BATCHING=1 lets it post to /v1/b. URL, KEY and VISITOR are in the environment.
const { JSDOM } = require("jsdom");
const { URL: host, KEY: writeKey, VISITOR: userId, BATCHING: batching } = process.env;

const page = "https://shop.example/pricing?utm_source=newsletter";
const dom = new JSDOM("<!doctype html><title>Prices</title><script></script>", { url: page, referrer: "https://search.example/", pretendToBeVisual: true });
const { window } = dom;
for (const name of ["window", "document", "navigator", "location", "localStorage", "sessionStorage", "history", "Event", "CustomEvent"]) {
  Object.defineProperty(globalThis, name, { value: name === "window" ? window : window[name], configurable: true, writable: true });
}
// A browser names the page that sends; Node's fetch does not by itself.
const nodeFetch = globalThis.fetch;
const sent = [];
globalThis.fetch = window.fetch = (url, options = {}) => {
  const headers = { ...Object.fromEntries(new Headers(options.headers)), origin: "https://shop.example", "user-agent": window.navigator.userAgent };
  const answered = nodeFetch(url, { ...options, headers });
  sent.push(answered.then((reply) => reply.ok || Promise.reject(new Error(`${url} answered ${reply.status}`))));
  return answered;
};

const { AnalyticsBrowser } = require("@segment/analytics-next");

async function main() {
  const integrations = batching ? { "Segment.io": { deliveryStrategy: { strategy: "batching", config: { size: 3, timeout: 200 } } } } : {};
  const [analytics] = await AnalyticsBrowser.load({ writeKey, cdnURL: host }, { integrations, disableClientPersistence: true });
  analytics.setAnonymousId(`${userId}-anonymous`);
  await analytics.page("Prices");
  await analytics.identify(userId, { plan: "pro", age: 37 });
  await analytics.screen("Home");
  await analytics.group("acme", { employees: 20 });
  await analytics.alias(userId, `${userId}-before`);
  await analytics.track("Order Completed", { revenue: 42.5, currency: "EUR" });
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await Promise.all(sent);
  console.log("done");
  process.exit(0);
}

main().catch((error) => {
  console.error("the client reports", error);
  process.exit(1);
});
