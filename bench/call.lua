-- A call of a tool with a token, for wrk. With several tokens each has its turn; where sessions are given, each token comes
-- with its own.
local function lines(name)
  local found, path = {}, os.getenv(name)
  if path and path ~= "" then
    for line in io.lines(path) do found[#found + 1] = line end
  end
  return found
end

local file = io.open(os.getenv("MESSAGE"))
wrk.method, wrk.body = "POST", file:read("*a")
file:close()
wrk.headers["Host"] = "a.example"
wrk.headers["Content-Type"] = "application/json"
wrk.headers["Accept"] = "application/json, text/event-stream"
wrk.headers["MCP-Protocol-Version"] = "2025-11-25"
wrk.headers["Mcp-Session-Id"] = "d9c1f2e0-2f2f-4a55-9d55-6f3f7c7f1a2b"

local tokens, sessions = lines("TOKENS"), lines("SESSIONS")
local function dress(at)
  if tokens[at] then wrk.headers["Authorization"] = "Bearer " .. tokens[at] end
  if sessions[at] then wrk.headers["Mcp-Session-Id"] = sessions[at] end
end
dress(1)

if #tokens > 1 then
  local written, next = {}, 0
  function init()
    for at = 1, #tokens do
      dress(at)
      written[at] = wrk.format()
    end
  end
  function request()
    next = next % #written + 1
    return written[next]
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\nWRK {"requests":%d,"us":%d,"refused":%d,"broken":%d,"p50":%d,"p99":%d}\n',
    summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
