// @segment/analytics-node 3, as it comes from npm. URL, KEY and VISITOR are in the environment.
const { Analytics } = require("@segment/analytics-node");
const { URL: host, KEY: writeKey, VISITOR: userId } = process.env;

const analytics = new Analytics({ writeKey, host, maxRetries: 3, flushAt: 5 });
analytics.on("error", (error) => {
  console.error("the client reports", error);
  process.exitCode = 1;
});
const at = (seconds) => new Date(Date.now() - seconds * 1000);
analytics.identify({ userId, anonymousId: `${userId}-anonymous`, traits: { plan: "pro", age: 37 }, timestamp: at(60) });
analytics.page({ userId, name: "Prices", properties: { path: "/pricing", url: "https://shop.example/pricing" }, timestamp: at(50) });
analytics.screen({ userId, name: "Home", timestamp: at(40) });
analytics.group({ userId, groupId: "acme", traits: { employees: 20 } });
analytics.alias({ userId, previousId: `${userId}-before` });
analytics.track({
  userId,
  event: "Order Completed",
  messageId: `${userId}-order`,
  properties: { revenue: 42.5, currency: "EUR", coupon: null },
  context: { ip: "192.0.2.1", userAgent: "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:121.0) Gecko/20100101 Firefox/121.0" },
  timestamp: at(30),
});
analytics.closeAndFlush().then(() => console.log("done"));
