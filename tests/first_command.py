#!/usr/bin/env python3
"""Does what a newcomer does first: starts the server as the README says, asks, edits a rule, asks again, breaks it, stops.

The sample files are copied to a temporary folder and the server is started there, with an empty data folder and on a free
port; everything else is as in `cargo run --release -- serve`.
"""

import json
import pathlib
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import urllib.request

ROOT = pathlib.Path(__file__).resolve().parent.parent
PATIENCE = 20.0


def wait_for(what, ask):
    """Asks until the answer is true; says how long that took."""
    started = time.monotonic()
    while not ask():
        if time.monotonic() - started > PATIENCE:
            sys.exit("waited %d s in vain until %s" % (PATIENCE, what))
        time.sleep(0.01)
    print("%s after %.0f ms" % (what, (time.monotonic() - started) * 1000))


def main():
    with tempfile.TemporaryDirectory() as folder:
        home = pathlib.Path(folder)
        for part in ("rules", "experiments"):
            shutil.copytree(ROOT / part, home / part)
        log = home / "server.log"
        command = ["cargo", "run", "--release", "--quiet", "--locked", "--manifest-path", str(ROOT / "Cargo.toml")]
        command += ["--", "serve", "--listen", "127.0.0.1:0"]
        print("$ " + " ".join(command[:3] + command[7:]))
        with open(log, "wb") as output:
            # `cargo run` builds and then becomes the server: one process.
            server = subprocess.Popen(command, cwd=home, stdin=subprocess.DEVNULL, stdout=output, stderr=output)
        try:
            visit(server, home, log)
        except BaseException:
            sys.stderr.write(log.read_text())
            raise
        finally:
            if server.poll() is None:
                server.kill()
                server.wait()


def visit(server, home, log):
    address = None
    while address is None:
        if server.poll() is not None:
            sys.exit("the server ended with code %d" % server.returncode)
        found = re.search(r"http://127\.0\.0\.1:\d+", log.read_text())
        address = found and found.group()
        time.sleep(0.05)

    def decide():
        body = {"visitor": {"id": "v1", "attributes": {"country": "IS"}}, "slots": ["free_shipping_from"]}
        request = urllib.request.Request(
            address + "/v1/decide", json.dumps(body).encode(), {"Content-Type": "application/json"}
        )
        with urllib.request.urlopen(request, timeout=PATIENCE) as response:
            return json.load(response)["decisions"][0]

    first = decide()
    print(json.dumps(first))
    assert first["value"] == 59.0 and first["reason"] == "otherwise", first

    rules = home / "rules" / "shipping.rules"
    text = rules.read_text()
    rules.write_text(text.replace("otherwise show 59.00", "otherwise show 45.00"))
    wait_for("the edited rule decided", lambda: decide()["value"] == 45.0)

    rules.write_text(text.replace("if country is", "if contry is"))
    promised = re.search(r"^error\[.*?(?=^```)", (ROOT / "README.md").read_text(), re.DOTALL | re.MULTILINE).group()
    wait_for("the broken file was explained as the README shows", lambda: promised in log.read_text())
    assert decide()["value"] == 45.0, "a broken file changed a decision"

    rules.write_text(text)
    wait_for("the mended rule decided", lambda: decide()["value"] == 59.0)

    server.send_signal(signal.SIGTERM)
    code = server.wait(PATIENCE)
    assert code == 0, "the server stopped with code %d" % code
    print("stopped when asked to")


main()
