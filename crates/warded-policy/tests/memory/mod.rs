//! A server with a policy and counters in memory, which keep to the contract of the store.

use std::collections::BTreeMap;

use warded_core::UnixTime;
use warded_policy::{
    Amount, Auth, Call, Caller, Counter, CounterKey, Decision, Denial, Document, Limit, Part, Place, Plan,
    Policy, Server, Taking, Target, Undecided, Unit, Verdict,
};

/// The policy of a server, and what was counted.
pub(crate) struct Session {
    policy: Policy,
    counters: Counters,
}

/// What a call took: from which rows, and how much.
pub(crate) type Reserved = Vec<((CounterKey, u64), i64)>;

/// Rows by counter and start of the window.
#[derive(Default)]
struct Counters(BTreeMap<(CounterKey, u64), i64>);

impl Session {
    pub(crate) fn new(document: &Document) -> Self {
        let place = Place::Server("here".into());
        let policy = Policy::of(&[Part { document, place, file: "policy.yaml" }]).unwrap();
        Self { policy, counters: Counters::default() }
    }

    /// What becomes of a call of a tool, and what it takes.
    pub(crate) fn call(&mut self, tool: &str, arguments: Option<&str>, now: u64) -> Result<Reserved, Denial> {
        let decision = self.decided(tool, arguments, now).map_err(|why| Denial {
            rule: "(undecided)".into(),
            message: why.to_string().into(),
            file: "policy.yaml".into(),
            line: 0,
        });
        match decision?.verdict {
            Verdict::Deny(denial) => Err(denial),
            Verdict::Hold(hold, _) => Err(hold.denial),
            Verdict::Allow(takings) => {
                self.counters.reserve(&takings, now).map_err(|place| takings[place].exceeded.clone())
            }
        }
    }

    fn decided(&self, tool: &str, arguments: Option<&str>, now: u64) -> Result<Decision, Undecided> {
        let caller = Caller {
            issuer: "https://issuer.example",
            subject: Some("sub"),
            client: Some("client"),
            token: "fingerprint",
        };
        let call = Call {
            target: Target::Tool(tool),
            arguments,
            method: "tools/call",
            revision: "2025-06-18",
            auth: Auth { aud: None, claims: None, caller, scopes: &[], bound: false, passthrough: false },
            server: Server { identity: "https://server.example/mcp", name: "here", tier: "strict" },
            client_address: None,
            now: UnixTime::from_seconds(now.try_into().unwrap()),
        };
        match self.policy.plan(&call)? {
            Plan::Decided(decision) => Ok(decision),
            Plan::Asks(ask) => {
                let count = |counter: &Counter| {
                    let start = start(counter.window.unit, now);
                    Amount::from_millionths(self.counters.count(&counter.key, start))
                };
                let values: Vec<_> = ask.counters().iter().map(count).collect();
                ask.decide(&values)
            }
        }
    }

    /// A call that took something has failed.
    pub(crate) fn roll_back(&mut self, reserved: Reserved) {
        for (row, amount) in reserved {
            *self.counters.0.get_mut(&row).unwrap() -= amount;
        }
    }

    /// What a counter is at, in millionths.
    pub(crate) fn count(&self, scope: &str, counter: &str, unit: Unit, now: u64) -> i64 {
        let start = start(unit, now);
        let is_it = |key: &CounterKey| *key.scope == *scope && *key.counter == *counter;
        let rows = self.counters.0.iter().filter(|((key, at), _)| is_it(key) && *at == start);
        rows.map(|(_, value)| value).sum()
    }
}

impl Counters {
    fn count(&self, key: &CounterKey, start: u64) -> i64 {
        self.0.get(&(key.clone(), start)).copied().unwrap_or_default()
    }

    /// All or none; or which one there is not enough of.
    fn reserve(&mut self, takings: &[Taking], now: u64) -> Result<Reserved, usize> {
        let before = self.0.clone();
        let mut reserved = Vec::new();
        for (place, taking) in takings.iter().enumerate() {
            let start = start(taking.window.unit, now);
            let amount = taking.amount.millionths();
            let sum = self.count(&taking.key, start).checked_add(amount);
            // The largest amount stands for whatever cannot be counted.
            let fits = sum.filter(|sum| *sum < i64::MAX).filter(|sum| match taking.limit {
                Limit::AtMost(most) => *sum <= most.millionths(),
                Limit::Below(end) => *sum < end.millionths(),
            });
            let Some(sum) = fits else {
                self.0 = before;
                return Err(place);
            };
            let row = (taking.key.clone(), start);
            self.0.insert(row.clone(), sum);
            reserved.push((row, amount));
        }
        Ok(reserved)
    }
}

fn start(unit: Unit, now: u64) -> u64 {
    let length = match unit {
        Unit::Minute => 60,
        Unit::Hour => 3_600,
        Unit::Day => 86_400,
    };
    now / length * length
}
