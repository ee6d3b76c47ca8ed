// @rudderstack/rudder-sdk-node 3: gzip and a form's content type. URL, KEY and VISITOR are in the environment.
const RudderAnalytics = require("@rudderstack/rudder-sdk-node");
const { URL: dataPlaneUrl, KEY: writeKey, VISITOR: userId } = process.env;

const analytics = new RudderAnalytics(writeKey, { dataPlaneUrl, flushAt: 4, logLevel: "error" });
const at = (seconds) => new Date(Date.now() - seconds * 1000);
analytics.identify({ userId, anonymousId: `${userId}-anonymous`, traits: { plan: "pro", age: 37 }, timestamp: at(60) });
analytics.page({ userId, name: "Prices", properties: { path: "/pricing" }, timestamp: at(50) });
analytics.screen({ userId, name: "Home", timestamp: at(40) });
analytics.group({ userId, groupId: "acme" });
analytics.alias({ userId, previousId: `${userId}-before` });
analytics.track({ userId, event: "Order Completed", messageId: `${userId}-order`, properties: { revenue: 42.5, currency: "EUR" }, timestamp: at(30) });
analytics.flush().then(
  () => console.log("done"),
  (error) => {
    console.error("the client reports", error);
    process.exit(1);
  },
);
