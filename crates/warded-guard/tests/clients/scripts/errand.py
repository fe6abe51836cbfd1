"""What every Python client does at the server, and how it tells: one JSON line, without any token in it."""

import json

ARGUMENTS = {"whoami": {}, "note": {"text": "tea"}}


class Doorkeeper:
    """Keeps the answer that turned the client away, for the SDK's own readers of challenges."""

    refusal = None

    async def sees(self, response):
        if response.status_code in (401, 403):
            await response.aread()
            self.refusal = response


async def calls(call):
    """Calls every tool; `call` gives the blocks of the answer."""
    texts = {}
    for tool, arguments in ARGUMENTS.items():
        texts[tool] = "".join(block.text for block in await call(tool, arguments))
    return texts


def tell(client, outcome):
    print(json.dumps({"client": client, **outcome}))


def tell_refusal(client, doorkeeper, resource_metadata, scope, error):
    """What the SDK's own readers make of the challenge."""
    refusal = doorkeeper.refusal
    challenge = {
        "resource_metadata": resource_metadata(refusal),
        "scope": scope(refusal),
        "error": error(refusal, "error"),
    }
    tell(client, {"status": refusal.status_code, "challenge": challenge})
