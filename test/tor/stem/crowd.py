"""Many controllers at once at one port, each with events of its own.

Arguments: PORT COUNT. Prints for each controller how many lines conn/all had when it had heard three
BW events, one a line.
"""
import sys
import threading

from stem.control import Controller, EventType

HEARD = 3
# Tor says BW every second.
TIMEOUT_S = 60

port, count = int(sys.argv[1]), int(sys.argv[2])


class Listener:
    def __init__(self):
        self.heard = 0
        self.enough = threading.Event()
        self.controller = Controller.from_port(port=port)
        self.controller.authenticate()
        self.controller.add_event_listener(self.on_event, EventType.BW)

    def on_event(self, _):
        self.heard += 1
        if self.heard >= HEARD:
            self.enough.set()


listeners = [Listener() for _ in range(count)]
for listener in listeners:
    assert listener.enough.wait(TIMEOUT_S), "no events"
    print(len(listener.controller.get_info("conn/all").splitlines()))
for listener in listeners:
    listener.controller.close()
