//! Who gets which token? An authorization server whose tokens each open one server.
