//! Where does a message end, and what stands in it? Goes through JSON byte by byte, as it streams by.

/// Most bytes of a member's name that are kept, as written: those that are looked for fit, every letter escaped.
const MAX_NAME: usize = 48;

/// Most bytes of an id that are kept, as written. A caller whose ids are longer gets nothing back.
const MAX_ID: usize = 4 * 1024;

/// Most bytes of a `requestState` that are kept, as written. A call whose state is longer is counted anew in its next round.
const MAX_STATE: usize = 32 * 1024;

/// One JSON text, byte by byte.
#[derive(Debug, Default)]
pub(super) struct Text {
    depth: usize,
    /// How deep messages lie: in a batch, one deeper.
    base: usize,
    in_string: bool,
    is_escaped: bool,
    slot: Slot,
    /// The name of the member, as written; then the value of an `id`.
    kept: Vec<u8>,
    /// Whether there was more than is kept.
    is_long: bool,
    /// How much deeper than the message's own the members lie that are read: by one in its result.
    inner: usize,
    message: Heard,
}

/// What is read next of a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Slot {
    #[default]
    Name,
    /// The value of an `id`, a `jsonrpc`, and of a result's `resultType` and `requestState`.
    IdValue,
    VersionValue,
    TypeValue,
    StateValue,
    /// The value of an `error`, or a `result`, of which nothing was read yet.
    ErrorValue,
    ResultValue,
    /// Another value, or what is left of one.
    Value,
}

/// What was heard of a message.
#[derive(Debug, Default)]
pub(super) struct Heard {
    pub(super) id: Option<Vec<u8>>,
    pub(super) version: Option<Vec<u8>>,
    pub(super) said: Said,
    pub(super) has_error: bool,
    pub(super) has_result: bool,
    /// Of its result.
    pub(super) kind: Option<Vec<u8>>,
    pub(super) state: Option<Vec<u8>>,
    /// Whether some reader may see another state in it.
    pub(super) is_unclear: bool,
}

/// Whether it is an answer at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Said {
    #[default]
    Answer,
    /// It has a method: it is a request of the server's own, which may have the same `id`.
    Request,
    /// An `id` stands there twice, or is longer than any that is awaited.
    Odd,
}

impl Text {
    /// Reads one byte; gives a message that ends with it.
    pub(super) fn next(&mut self, byte: u8) -> Option<Heard> {
        let is_own = self.depth == self.base + 1 + self.inner;
        if self.in_string {
            if is_own {
                self.keeps(byte);
            }
            match byte {
                _ if self.is_escaped => self.is_escaped = false,
                b'\\' => self.is_escaped = true,
                b'"' => self.in_string = false,
                _ => {}
            }
            return None;
        }
        match byte {
            b'"' => {
                self.in_string = true;
                if is_own {
                    self.begins_value(byte);
                    self.keeps(byte);
                }
            }
            b'{' | b'[' => {
                if self.depth == 0 {
                    self.base = usize::from(byte == b'[');
                } else if is_own {
                    self.begins_value(byte);
                    // None of what is kept is one of these.
                    self.is_long = true;
                }
                self.depth += 1;
                if self.depth == self.base + 1 && byte == b'{' {
                    (self.message, self.slot) = (Heard::default(), Slot::Name);
                    self.clears();
                } else if is_own && self.slot == Slot::ResultValue {
                    (self.inner, self.slot) = (1, Slot::Name);
                    self.clears();
                }
            }
            b'}' | b']' => {
                let ends = is_own && byte == b'}';
                if ends {
                    self.ends_member();
                }
                self.depth = self.depth.saturating_sub(1);
                if self.inner > 0 && is_own {
                    (self.inner, self.slot) = (0, Slot::Value);
                } else if ends {
                    return Some(std::mem::take(&mut self.message));
                }
            }
            b':' if is_own && self.slot == Slot::Name => self.ends_name(),
            b',' if is_own => {
                self.ends_member();
                self.slot = Slot::Name;
                self.clears();
            }
            _ if is_own && !byte.is_ascii_whitespace() => {
                self.begins_value(byte);
                self.keeps(byte);
            }
            _ => {}
        }
        None
    }

    fn keeps(&mut self, byte: u8) {
        let most = match self.slot {
            Slot::Name => MAX_NAME,
            Slot::IdValue | Slot::VersionValue | Slot::TypeValue => MAX_ID,
            Slot::StateValue => MAX_STATE,
            Slot::ErrorValue | Slot::ResultValue | Slot::Value => return,
        };
        if self.kept.len() < most {
            self.kept.push(byte);
        } else {
            self.is_long = true;
        }
    }

    fn clears(&mut self) {
        self.kept.clear();
        self.is_long = false;
    }

    /// What an `error` begins with: `null` is none, and servers of JSON-RPC 1.0 write it beside a result.
    fn begins_value(&mut self, byte: u8) {
        if self.slot == Slot::ErrorValue {
            self.message.has_error |= byte == b'{';
            self.slot = Slot::Value;
        } else if self.slot == Slot::ResultValue && byte != b'{' {
            self.slot = Slot::Value;
        }
    }

    fn ends_name(&mut self) {
        let name: Option<String> = if self.is_long { None } else { serde_json::from_slice(&self.kept).ok() };
        self.clears();
        self.slot = match name.as_deref() {
            Some("resultType") if self.inner > 0 => Slot::TypeValue,
            Some("requestState") if self.inner > 0 => Slot::StateValue,
            _ if self.inner > 0 => Slot::Value,
            Some("id") => Slot::IdValue,
            Some("jsonrpc") => Slot::VersionValue,
            Some("error") => Slot::ErrorValue,
            Some("result") => {
                self.message.is_unclear |= self.message.has_result;
                self.message.has_result = true;
                Slot::ResultValue
            }
            Some("method") => {
                self.message.said = Said::Request;
                Slot::Value
            }
            _ => Slot::Value,
        };
    }

    fn ends_member(&mut self) {
        let (message, kept) = (&mut self.message, std::mem::take(&mut self.kept));
        let place = match self.slot {
            Slot::IdValue => &mut message.id,
            Slot::VersionValue => &mut message.version,
            Slot::TypeValue => &mut message.kind,
            Slot::StateValue => &mut message.state,
            Slot::Name | Slot::ErrorValue | Slot::ResultValue | Slot::Value => return,
        };
        let is_odd = self.is_long || place.is_some();
        *place = Some(kept);
        match self.slot {
            Slot::IdValue if is_odd => message.said = Said::Odd,
            _ => message.is_unclear |= is_odd,
        }
    }
}
