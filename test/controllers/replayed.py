"""Reads all that a served recording has, and listens to it, as any program with stem would.

Arguments: PORT. Prints a line of JSON: {"version", "values": {key: value} of every key that info/names
lists, "failed": those that were refused, "nickname", "signal": what a signal is answered, "bw":
[[read, written]...], "orconn": [[fingerprint, status, reason, id]...], "malformed": events that stem
does not understand}.
"""
import json
import sys
import threading

import stem
from stem.control import MALFORMED_EVENTS, Controller, EventType

WANTED = 20
TIMEOUT_S = 60
INSTANCES = {"conn/*": "conn/0/0", "conntape/at/*": "conntape/at/+0s/conn/all"}

told = {"bw": [], "orconn": [], "malformed": []}
enough = threading.Event()


def add(kind, what):
    told[kind].append(what)
    if all(len(told[each]) >= WANTED for each in ("bw", "orconn")):
        enough.set()


def on_orconn(event):
    add("orconn", [event.endpoint_fingerprint, str(event.status), event.reason, event.id])


with Controller.from_port(port=int(sys.argv[1])) as controller:
    # Later stem would ask the port for events of this name.
    controller.add_event_listener(lambda event: add("malformed", str(event)), MALFORMED_EVENTS)
    controller.authenticate()
    names = [line.split(" -- ")[0] for line in controller.get_info("info/names").splitlines()]
    values, failed = {}, []
    for name in names:
        try:
            values[name] = controller.get_info(INSTANCES.get(name, name))
        except stem.ControllerError as failure:
            failed.append([name, str(failure)])
    try:
        controller.signal("NEWNYM")
        signal = "done"
    except stem.ControllerError as failure:
        signal = str(failure)
    controller.add_event_listener(lambda event: add("bw", [event.read, event.written]), EventType.BW)
    controller.add_event_listener(on_orconn, EventType.ORCONN)
    assert enough.wait(TIMEOUT_S), told
    print(json.dumps({
        "version": str(controller.get_version()),
        "nickname": controller.get_conf("Nickname"),
        "values": values, "failed": failed, "signal": signal, **told,
    }))
