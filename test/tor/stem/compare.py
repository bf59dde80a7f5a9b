"""Reads every key of a Tor, directly and through a served port, and prints what differs.

Arguments: TOR_HOST TOR_PORT SERVED_PORT [KEY...], the keys being instances of the patterns that
info/names lists. What changes by itself is read again: a key is the same where Tor says the same
before and after, and the served port what Tor says. Prints a line of JSON:
{"read": the keys that were read, "failed": those that Tor refuses, "differing": {key: [Tor, served]}}.
"""
import json
import sys

from stem.control import Controller

TRIES = 20

# A Tor that has not fetched a descriptor yet, as an authority never does, dies of this question
# (0.4.9.11: "Assertion map failed in digestmap_iter_init").
DEADLY = "downloads/desc/descs"

tor_host, tor_port, served_port = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
instances = sys.argv[4:]

with Controller.from_port(tor_host, tor_port) as tor:
    tor.authenticate()
    with Controller.from_port(port=served_port) as served:
        served.authenticate()

        def of(controller, key):
            return controller.msg("GETINFO " + key).raw_content(get_bytes=True).decode("latin-1")

        names = [line.split(" -- ")[0] for line in tor.get_info("info/names").splitlines()]
        keys = [name for name in names if not ("*" in name or "<" in name or name == DEADLY)]
        read, failed, differing = [], [], {}
        for key in keys + instances:
            for _ in range(TRIES):
                before, through, after = of(tor, key), of(served, key), of(tor, key)
                if before == through == after:
                    break
            else:
                differing[key] = [before, through]
            (read if before.startswith("250") else failed).append(key)

print(json.dumps({"read": read, "failed": failed, "differing": differing}))
