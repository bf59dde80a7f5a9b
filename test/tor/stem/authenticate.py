"""Opens a control port in each way that stem knows, and lists conn/all.

Arguments: PORT PASSWORD. Prints the ways that worked, one a line.
"""
import sys

import stem.connection
from stem.control import Controller

port, password = int(sys.argv[1]), sys.argv[2]


def cookie_path(controller):
    return controller.get_protocolinfo().cookie_path


WAYS = {
    "cookie": lambda c: stem.connection.authenticate_cookie(c, cookie_path(c)),
    "safecookie": lambda c: stem.connection.authenticate_safecookie(c, cookie_path(c)),
    "password": lambda c: stem.connection.authenticate_password(c, password),
    "auto": lambda c: c.authenticate(),
}

for name, authenticate in WAYS.items():
    with Controller.from_port(port=port) as controller:
        authenticate(controller)
        lines = controller.get_info("conn/all").splitlines()
        assert lines and all(len(line.split()) >= 10 for line in lines), lines
    print(name)

for name, wrong in {
    "cookie": lambda c: stem.connection.authenticate_cookie(c, __file__),
    "password": lambda c: stem.connection.authenticate_password(c, "not " + password),
}.items():
    with Controller.from_port(port=port) as controller:
        try:
            wrong(controller)
            print("wrong", name, "let in")
        except stem.connection.AuthenticationFailure:
            print("wrong", name, "refused")
