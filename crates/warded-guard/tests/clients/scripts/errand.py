"""What every Python client does at the servers that it visits, and how it tells.

On its input is a JSON list of visits, each `{"url", "token", "errand"}`; it tells one line of JSON for each, without
any token in it. An errand is `{"calls": {TOOL: ARGUMENTS}}`, and where the server has such things also
`"progress": {"tool", "arguments", "steps"}`, `"read": URI` and `"prompt": {"name", "arguments"}`.
"""

import json
import sys


class Doorkeeper:
    """Keeps the answer that turned the client away, for the SDK's own readers of challenges."""

    refusal = None

    async def sees(self, response):
        if response.status_code in (401, 403):
            await response.aread()
            self.refusal = response


def bearer(token):
    """The header of a token; a server that asks for none gets none."""
    return {"Authorization": f"Bearer {token}"} if token else {}


def texts(blocks):
    """The text of content blocks."""
    return "".join(block.text for block in blocks)


async def run(errand, desk):
    """Does an errand at a desk: the SDK's calls behind six functions with the same names."""
    outcome = {"tools": sorted(await desk.tools())}
    outcome["calls"] = {tool: await desk.call(tool, given) for tool, given in errand["calls"].items()}
    if "progress" in errand:
        heard = []

        async def hears(progress, _total, _message):
            heard.append(progress)

        await desk.call(errand["progress"]["tool"], errand["progress"]["arguments"], hears)
        outcome["progress"] = heard
    if "read" in errand:
        outcome["resources"] = sorted(await desk.resources())
        outcome["read"] = await desk.read(errand["read"])
    if "prompt" in errand:
        outcome["prompts"] = sorted(await desk.prompts())
        outcome["prompt"] = await desk.prompt(errand["prompt"]["name"], errand["prompt"]["arguments"])
    return outcome


async def visits(client, visit, resource_metadata, scope, error):
    """Makes every visit; where it is turned away, tells what the SDK's own readers make of the challenge."""
    for given in json.load(sys.stdin):
        doorkeeper = Doorkeeper()
        try:
            outcome = await visit(given["url"], given["token"], given["errand"], doorkeeper)
        except BaseException:
            refusal = doorkeeper.refusal
            if refusal is None:
                print(f"at {given['url']}:", file=sys.stderr)
                raise
            challenge = {
                "resource_metadata": resource_metadata(refusal),
                "scope": scope(refusal),
                "error": error(refusal, "error"),
            }
            outcome = {"status": refusal.status_code, "challenge": challenge}
        print(json.dumps({"client": client, **outcome}), flush=True)
