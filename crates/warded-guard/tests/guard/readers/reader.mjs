// What does JavaScript read? One line of JSON for each body, as `JSON.parse` and a server's own code see it.
import { readFileSync } from "node:fs";

const text = (value) => (typeof value === "string" ? value : null);
const isObject = (value) => typeof value === "object" && value !== null && !Array.isArray(value);
const id = (value) => {
  if (typeof value === "number") return `number ${BigInt(value)}`;
  return typeof value === "string" ? `text ${value}` : null;
};

function seen(message) {
  const params = isObject(message.params) ? message.params : {};
  const ref = isObject(params.ref) ? params.ref : {};
  const filter = isObject(params.notifications) ? params.notifications : {};
  return {
    method: text(message.method),
    id: id(message.id),
    name: text(params.name),
    uri: text(params.uri),
    refName: text(ref.name),
    refUri: text(ref.uri),
    watched: filter.resourceSubscriptions ?? [],
  };
}

for (const line of readFileSync(process.argv[2], "utf8").split("\n").filter(Boolean)) {
  const body = new TextDecoder("utf-8", { ignoreBOM: true }).decode(Buffer.from(line, "base64"));
  let read;
  try {
    const value = JSON.parse(body);
    // A copy, as whoever passes options on makes one: a prototype that a member brought along becomes real.
    const copied = (message) => ({ ...message, params: Object.assign({}, message.params) });
    const batch = Array.isArray(value);
    read = { batch, messages: (batch ? value : [value]).map(copied).map(seen) };
  } catch (error) {
    read = { error: String(error) };
  }
  console.log(JSON.stringify(read));
}
