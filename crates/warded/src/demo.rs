//! What `warded up --demo` puts behind the gateway: two small MCP servers inside the binary.

mod mcp;
mod notes;
mod search;
