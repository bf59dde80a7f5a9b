"""What stem says of exit policies: a JSON object a line in, {"rules": [...], "asked": [[ip, port]]}, a list of booleans out."""
import json
import sys

from stem.exit_policy import ExitPolicy

for line in sys.stdin:
    case = json.loads(line)
    policy = ExitPolicy(*case["rules"])
    print(json.dumps([policy.can_exit_to(ip, port) for ip, port in case["asked"]]))
