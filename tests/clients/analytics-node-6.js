// analytics-node 6.2.0, superseded and still in use. URL, KEY and VISITOR are in the environment.
const Analytics = require("analytics-node");
const { URL: host, KEY: writeKey, VISITOR: userId } = process.env;

const analytics = new Analytics(writeKey, { host, flushAt: 3 });
const at = (seconds) => new Date(Date.now() - seconds * 1000);
analytics.identify({ userId, anonymousId: `${userId}-anonymous`, traits: { plan: "pro", age: 37 }, timestamp: at(60) });
analytics.page({ userId, name: "Prices", properties: { path: "/pricing" }, timestamp: at(50) });
analytics.screen({ userId, name: "Home", timestamp: at(40) });
analytics.group({ userId, groupId: "acme" });
analytics.alias({ userId, previousId: `${userId}-before` });
analytics.track({ userId, event: "Order Completed", messageId: `${userId}-order`, properties: { revenue: 42.5, currency: "EUR" }, timestamp: at(30) });
analytics.flush((error) => {
  if (error) {
    console.error("the client reports", error);
    process.exit(1);
  }
  console.log("done");
});
