"""Who is measured: each takes a port and stands before the server behind, with one worker."""

import json

from machine import ENVOY, FLOOR, UPSTREAM, WARDED
from tokens import A, B, FOLDER, ISSUER, KEYS

ALL = {}
# What an MCP server would say; about as long as a call.
RESULT = json.dumps({
    "jsonrpc": "2.0", "id": 7, "result": {
        "content": [{"type": "text", "text": "Three documents speak of harbour dues: the report of the first quarter (41.2), "
                     "the report of the second (43.8), and a note about internal transfers, which the totals leave out."}],
        "structuredContent": {"count": 3, "next": None, "ids": ["doc-1182", "doc-1207", "doc-0933"]}, "isError": False}},
    separators=(",", ":"))


class Contestant:
    def __init__(self, name, begin, gate, tools, loads, path, sessions, about):
        self.name, self.begin, self.gate, self.tools, self.loads = name, begin, gate, tools, loads
        self.path, self.sessions, self.about = path, sessions, about
        self.port = 9301 + len(ALL)


def contestant(name, about, loads=("none",), gate=False, tools=False, path="/a/mcp", sessions=False):
    """`gate`: it judges tokens. `tools`: it lets only some tools be called. `sessions`: it gives session ids of its own."""
    def enter(begin):
        ALL[name] = Contestant(name, begin, gate, tools, loads, path, sessions, about)
        return begin
    return enter


# --- the server behind, and nginx

NGINX = """daemon off; worker_processes 1; pid pid; error_log stderr crit; events {{ worker_connections 2048; }}
http {{
  access_log off; keepalive_requests 1000000000; keepalive_timeout 300s; tcp_nodelay on; client_body_buffer_size 64k;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi; uwsgi_temp_path uwsgi; scgi_temp_path scgi;
{0}
}}
"""


def nginx(started, text):
    started.start("nginx", "-p", started.folder, "-c", started.write("nginx.conf", NGINX.format(text)))


def upstream(started):
    """It says whether it was shown a credential, and gives a session to who has none."""
    nginx(started, f"""  map $http_authorization $shown {{ "" no; default yes; }}
  map $http_mcp_session_id $session {{ "" 0b6c2f7e-6a5e-4d0a-9c35-2b1d8e4f7a90; default ""; }}
  server {{ listen 127.0.0.1:{UPSTREAM} backlog=1024; default_type application/json;
    add_header Mcp-Credential $shown; add_header Mcp-Session-Id $session; location / {{ return 200 '{RESULT}'; }} }}""")


@contestant("nginx", "looks at nothing")
def _(started, port):
    nginx(started, f"""  upstream behind {{ server 127.0.0.1:{UPSTREAM}; keepalive 64; keepalive_requests 1000000000; }}
  server {{ listen 127.0.0.1:{port} backlog=1024; location / {{ proxy_pass http://behind; proxy_http_version 1.1;
    proxy_set_header Connection ""; proxy_set_header Host $http_host; proxy_set_header Authorization ""; }} }}""")


# --- the floor

@contestant("hyper", "a proxy of hyper that looks at nothing")
def _(started, port):
    started.start(FLOOR, port, UPSTREAM, "plain")


@contestant("hyper-remember", "the least that a gate can do: remembered ES256, exact audience, tool list",
            ("one", "many"), gate=True, tools=True)
def _(started, port):
    started.start(FLOOR, port, UPSTREAM, "remember", KEYS)


@contestant("hyper-verify", "the same, and every token is verified", ("one",), gate=True, tools=True)
def _(started, port):
    started.start(FLOOR, port, UPSTREAM, "verify", KEYS)


# --- HAProxy

def haproxy(started, port, rules=""):
    started.start("haproxy", "-db", "-q", "-f", started.write("haproxy.cfg", f"""global
  nbthread 1
  maxconn 4096
  tune.bufsize 65536
defaults
  mode http
  timeout connect 2s
  timeout client 60s
  timeout server 60s
  http-reuse always
frontend front
  bind 127.0.0.1:{port} backlog 1024
{rules}
  http-request del-header authorization
  default_backend behind
backend behind
  server one 127.0.0.1:{UPSTREAM} maxconn 512 pool-max-conn 512
"""))


@contestant("haproxy", "looks at nothing")
def _(started, port):
    haproxy(started, port)


@contestant("haproxy-gate", "jwt_verify and tools by json_query; it remembers nothing", ("one",), gate=True, tools=True)
def _(started, port):
    deny = "http-request deny deny_status"
    haproxy(started, port, f"""  option http-buffer-request
  http-request set-var(txn.token) http_auth_bearer
  http-request set-var(txn.alg) var(txn.token),jwt_header_query('$.alg')
  {deny} 401 unless {{ var(txn.alg) -m str ES256 }}
  {deny} 401 unless {{ var(txn.token),jwt_verify(txn.alg,"{FOLDER}/es256.pem") -m int 1 }}
  {deny} 401 unless {{ var(txn.token),jwt_payload_query('$.iss') -m str {ISSUER} }}
  {deny} 401 unless {{ path /a/mcp }}
  {deny} 401 unless {{ var(txn.token),jwt_payload_query('$.aud') -m str {A} }}
  http-request set-var(txn.now) date
  http-request set-var(txn.exp) var(txn.token),jwt_payload_query('$.exp','int')
  http-request set-var(txn.nbf) var(txn.token),jwt_payload_query('$.nbf','int')
  {deny} 401 unless {{ var(txn.exp),sub(txn.now) -m int gt 0 }}
  {deny} 401 if {{ var(txn.nbf),sub(txn.now) -m int gt 60 }}
  {deny} 403 unless {{ req.body,json_query('$.method') -m str initialize tools/list tools/call }}
  {deny} 403 if {{ req.body,json_query('$.method') -m str tools/call }} !{{ req.body,json_query('$.params.name') -m str search_documents get_document }}""")


# --- Envoy

TYPE = "type.googleapis.com/envoy.extensions.filters"


def envoy(started, port, *filters):
    router = {"name": "router", "typed_config": {
        "@type": f"{TYPE}.http.router.v3.Router", "suppress_envoy_headers": True, "dynamic_stats": False}}
    manager = {
        "@type": f"{TYPE}.network.http_connection_manager.v3.HttpConnectionManager", "stat_prefix": "front",
        "generate_request_id": False, "http_filters": [*filters, router],
        "route_config": {"virtual_hosts": [{
            "name": "all", "domains": ["*"], "request_headers_to_remove": ["authorization"],
            "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "behind", "timeout": "0s"}}]}]}}
    at = lambda where: {"socket_address": {"address": "127.0.0.1", "port_value": where}}
    config = {"static_resources": {
        "listeners": [{"address": at(port), "filter_chains": [
            {"filters": [{"name": "http", "typed_config": manager}]}]}],
        "clusters": [{"name": "behind", "type": "STATIC", "connect_timeout": "1s", "load_assignment": {
            "cluster_name": "behind", "endpoints": [{"lb_endpoints": [{"endpoint": {"address": at(UPSTREAM)}}]}]}}]}}
    started.start(ENVOY, "-c", started.write("envoy.json", json.dumps(config)), "--concurrency", "1",
                  "--disable-hot-restart", "-l", "error")


def envoy_tokens():
    needs = lambda path, audience: {"match": {"path": path}, "requires": {
        "provider_and_audiences": {"provider_name": "as", "audiences": [audience]}}}
    nobody = {"match": {"prefix": "/"}, "requires": {
        "provider_and_audiences": {"provider_name": "as", "audiences": ["urn:nobody"]}}}
    return {"name": "jwt", "typed_config": {
        "@type": f"{TYPE}.http.jwt_authn.v3.JwtAuthentication",
        "providers": {"as": {
            "issuer": ISSUER, "audiences": [A, B], "forward": False, "clock_skew_seconds": 60,
            "jwt_cache_config": {"jwt_cache_size": 20000}, "local_jwks": {"filename": str(KEYS)}}},
        "rules": [needs("/a/mcp", A), needs("/b/mcp", B), nobody]}}


def envoy_tools():
    def says(path, words):
        # One matcher alone cannot be in a list of alternatives.
        matchers = [{"string_match": {"exact": word}} for word in [*words, "-"]]
        return {"sourced_metadata": {"metadata_matcher": {
            "filter": "envoy.filters.http.mcp", "path": [{"key": key} for key in path],
            "value": {"or_match": {"value_matchers": matchers}}}}}
    everybody = [{"any": True}]
    tools = {"and_rules": {"rules": [
        says(["method"], ["tools/call"]), says(["params", "name"], ["search_documents", "get_document"])]}}
    return (
        {"name": "envoy.filters.http.mcp", "typed_config": {
            "@type": f"{TYPE}.http.mcp.v3.Mcp", "traffic_mode": "REJECT_NO_MCP", "reject_duplicate_keys": True,
            "max_request_body_size": 65536}},
        {"name": "rbac", "typed_config": {
            "@type": f"{TYPE}.http.rbac.v3.RBAC", "rules": {"action": "ALLOW", "policies": {
                "plain": {"permissions": [says(["method"], ["initialize", "tools/list"])], "principals": everybody},
                "tools": {"permissions": [tools], "principals": everybody}}}}})


@contestant("envoy", "looks at nothing")
def _(started, port):
    envoy(started, port)


@contestant("envoy-jwt", "jwt_authn, which remembers tokens; it reads no message", ("one",), gate=True)
def _(started, port):
    envoy(started, port, envoy_tokens())


@contestant("envoy-gate", "jwt_authn, which remembers tokens, the MCP filter, and RBAC on the tool",
            ("one", "many"), gate=True, tools=True)
def _(started, port):
    envoy(started, port, envoy_tokens(), *envoy_tools())


# --- Warded: exact audience, call reading, scopes per tool, sealed session, egress check, journal

def warded(started, port, head="", servers=""):
    scopes = 'tools: { search_documents: [mcp:tools], get_document: [mcp:tools], "delete_*": [tools:delete] }'
    server = lambda resource, path: (f'{{ resource: {resource}, upstream: "http://127.0.0.1:{UPSTREAM}{path}", '
                                     f"issuers: [as], scopes: {{ {scopes} }} }}")
    if servers:
        servers = "\n".join(f"  s{n}: {server(f'https://s{n % 97}.example/{n}/mcp', f'/{n}')}" for n in range(servers))
    started.start(WARDED, "up", "--config", started.write("warded.yaml", f"""listen: 127.0.0.1:{port}
workers: 1
{head}
issuers:
  as: {{ url: {ISSUER}, keys: "file:{KEYS}", max_lifetime: 8d }}
servers:
  a: {server(A, "/a")}
  b: {server(B, "/b")}
{servers}
"""))


OURS = dict(gate=True, tools=True, path="/mcp", sessions=True)


@contestant("warded", "the full pipeline", ("one", "many"), **OURS)
def _(started, port):
    warded(started, port)


@contestant("warded-cold", "the same, and it remembers no token", ("one",), **OURS)
def _(started, port):
    warded(started, port, head="token_memory: 1KiB")


@contestant("warded-10k", "the same, with 10,000 servers", ("one",), **OURS)
def _(started, port):
    warded(started, port, servers=9_998)
