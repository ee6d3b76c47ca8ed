"""PyPI segment-analytics-python 2: nulls, ids that are numbers, gzip. URL, KEY and VISITOR are in the environment."""
import os
import sys
from datetime import datetime, timedelta, timezone

from segment.analytics import Client

user = os.environ["VISITOR"]


def failed(error, items):
    print("the client reports", error, file=sys.stderr)
    os._exit(1)


def at(seconds):
    return datetime.now(timezone.utc) - timedelta(seconds=seconds)


client = Client(os.environ["KEY"], host=os.environ["URL"], gzip=True, on_error=failed, max_retries=3)
client.identify(user, {"plan": "pro", "age": 37}, anonymous_id=user + "-anonymous", timestamp=at(60))
client.page(user, None, "Prices", {"path": "/pricing"}, timestamp=at(50))
client.screen(user, None, "Home", timestamp=at(40))
client.group(user, "acme", {"employees": 20})
client.alias(user + "-before", user)
client.track(user, "Order Completed", {"revenue": 42.5, "currency": "EUR", "coupon": None}, message_id=user + "-order", timestamp=at(30))
client.flush()
client.join()
print("done")
