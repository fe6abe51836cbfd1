"""What does Python read? One line of JSON for each body, as `json.loads` and a server's own code see it."""

import base64
import json
import sys


def text(value):
    return value if isinstance(value, str) else None


def members(value):
    return value if isinstance(value, dict) else {}


def name_of(value):
    if isinstance(value, str):
        return f"text {value}"
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"number {value}"
    return None


def seen(message):
    params = members(message.get("params"))
    ref = members(params.get("ref"))
    watched = members(params.get("notifications")).get("resourceSubscriptions")
    return {
        "method": text(message.get("method")),
        "id": name_of(message.get("id")),
        "name": text(params.get("name")),
        "uri": text(params.get("uri")),
        "refName": text(ref.get("name")),
        "refUri": text(ref.get("uri")),
        "watched": watched or [],
    }


def read(body):
    try:
        value = json.loads(body)
        batch = isinstance(value, list)
        return {"batch": batch, "messages": [seen(message) for message in (value if batch else [value])]}
    except Exception as error:  # whatever a server would stumble over
        return {"error": str(error)}


with open(sys.argv[1], encoding="ascii") as bodies:
    for line in bodies:
        print(json.dumps(read(base64.b64decode(line))))
