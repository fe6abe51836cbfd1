//! How does a person say yes who has no browser here? They type a code at the issuer, on whatever machine they have, and the
//! client asks until they have (RFC 8628).

use std::{fmt, time::Duration};

use serde_json::Value;
use warded_core::{Scopes, UnixTime};
use zeroize::Zeroizing;

use super::{ObtainFailed, Obtained, TokenEndpoint, answer};
use crate::fetch::Target;

const GRANT: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// RFC 8628 §3.2: where the issuer does not say.
const INTERVAL: u64 = 5;
/// However little the issuer wants to wait.
const MIN_INTERVAL: u64 = 1;
/// How long whoever does not answer is left alone, unless the issuer has asked for more.
const MAX_PAUSE: u64 = 60;
/// RFC 8628 §3.5, `slow_down`.
const SLOWER: u64 = 5;
/// How long a person has at most, in seconds, whatever the issuer says.
const MAX_LIFETIME: u64 = 30 * 60;
/// Longest code that a person is asked to type.
const MAX_USER_CODE: usize = 64;
/// Longest code that is kept for the issuer.
const MAX_DEVICE_CODE: usize = 4096;

/// What a person has to do, and what is sent to the token endpoint meanwhile.
pub(crate) struct Device {
    code: Zeroizing<String>,
    user_code: String,
    url: Target,
    ends: UnixTime,
    pace: Pace,
}

/// How often the issuer is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Pace {
    seconds: u64,
}

/// What came of asking.
#[derive(Debug)]
pub(crate) enum Step {
    Obtained(Box<Obtained>),
    Wait(Duration),
}

impl Device {
    /// Where the person goes.
    pub(crate) const fn url(&self) -> &Target {
        &self.url
    }

    /// What they type there.
    pub(crate) fn user_code(&self) -> &str {
        &self.user_code
    }

    /// How long to wait before the first question.
    pub(crate) const fn interval(&self) -> Duration {
        self.pace.interval()
    }
}

impl Pace {
    const fn interval(self) -> Duration {
        Duration::from_secs(self.seconds)
    }

    /// Twice as long as before, in reason; never less.
    fn pause(self) -> u64 {
        (self.seconds * 2).min(MAX_PAUSE.max(self.seconds))
    }

    /// How long to wait after a failure; none where asking again is pointless.
    fn after(&mut self, failure: &ObtainFailed) -> Option<Duration> {
        let seconds = match failure {
            ObtainFailed::Refused { error, .. } => match error.as_str() {
                "authorization_pending" => self.seconds,
                "slow_down" => self.seconds + SLOWER,
                _ => return None,
            },
            // RFC 8628 §3.5: whoever does not answer is asked less often. The person types elsewhere meanwhile: a moment
            // without network here is no reason to begin again.
            ObtainFailed::Fetch(error) if error.is_passing() => self.pause(),
            ObtainFailed::Status { status: 429 | 500..=599 } => self.pause(),
            _ => return None,
        };
        self.seconds = seconds.min(MAX_LIFETIME);
        Some(self.interval())
    }
}

impl TokenEndpoint<'_> {
    /// Asks the device authorization endpoint for a code for a person to type (RFC 8628 §3.1).
    pub(crate) async fn begin_device(
        &self,
        endpoint: &Target,
        scopes: &Scopes,
        now: UnixTime,
    ) -> Result<Device, ObtainFailed> {
        let (answer, unsaid) = self.post(endpoint, &[], Some(scopes), None).await?;
        let mut document = answer::document(&answer, &unsaid)?;
        let seconds = |member: &'static str| match document.get(member) {
            None | Some(Value::Null) => Ok(None),
            Some(value) => {
                let seconds = answer::seconds(value).map(u64::from);
                seconds.map(Some).ok_or(ObtainFailed::Malformed { member })
            }
        };
        let lifetime = seconds("expires_in")?.ok_or(ObtainFailed::Malformed { member: "expires_in" })?;
        let interval = seconds("interval")?.unwrap_or(INTERVAL);
        let mut text = |member: &'static str, most: usize| match document.remove(member) {
            Some(Value::String(text)) if !text.is_empty() && text.len() <= most => Ok(text),
            _ => Err(ObtainFailed::Malformed { member }),
        };
        let code = Zeroizing::new(text("device_code", MAX_DEVICE_CODE)?);
        let user_code = text("user_code", MAX_USER_CODE)?;
        let url = text("verification_uri", warded_core::MAX_RESOURCE_BYTES)?;
        let url =
            Target::learned(&url).map_err(|_| ObtainFailed::Malformed { member: "verification_uri" })?;
        let lifetime = u32::try_from(lifetime.min(MAX_LIFETIME)).unwrap_or(0);
        // Whoever asks oftener than the issuer wants is told to slow down; beyond the end of the code nobody asks.
        let pace = Pace { seconds: interval.clamp(MIN_INTERVAL, MAX_LIFETIME) };
        Ok(Device { code, user_code, url, ends: now.plus(lifetime), pace })
    }

    /// Asks once whether the person has agreed (RFC 8628 §3.4).
    pub(crate) async fn device(&self, device: &mut Device, now: UnixTime) -> Result<Step, ObtainFailed> {
        if now >= device.ends {
            return Err(ObtainFailed::DeviceExpired);
        }
        match self.ask(&[("grant_type", GRANT), ("device_code", &device.code)], None).await {
            Ok(obtained) => Ok(Step::Obtained(Box::new(obtained))),
            Err(failure) => device.pace.after(&failure).map(Step::Wait).ok_or(failure),
        }
    }
}

/// Says where to go, never with what.
impl fmt::Debug for Device {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Device").field("url", &self.url).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use warded_core::Shown;

    use super::*;
    use crate::fetch::FetchFailed;

    fn refused(error: &str) -> ObtainFailed {
        ObtainFailed::Refused { status: 400, error: Shown::new(error), description: None }
    }

    #[test]
    fn an_issuer_is_asked_as_often_as_it_wants_and_no_oftener() {
        let mut pace = Pace { seconds: 5 };
        let seconds = |wait: Option<Duration>| wait.map(|wait| wait.as_secs());
        assert_eq!(seconds(pace.after(&refused("authorization_pending"))), Some(5));
        assert_eq!(seconds(pace.after(&refused("slow_down"))), Some(10));
        assert_eq!(seconds(pace.after(&refused("authorization_pending"))), Some(10), "it stays slow");
        assert_eq!(seconds(pace.after(&ObtainFailed::Status { status: 503 })), Some(20));
        let silent = ObtainFailed::Fetch(FetchFailed::Broken { host: "a.example".into() });
        assert_eq!(seconds(pace.after(&silent)), Some(40));
        assert_eq!(seconds(pace.after(&silent)), Some(60), "but it is asked");
        for error in ["access_denied", "expired_token", "invalid_grant", "invalid_client"] {
            assert_eq!(pace.after(&refused(error)), None, "{error}");
        }
        assert_eq!(pace.after(&ObtainFailed::OtherKey), None);
        let mut slow = Pace { seconds: 120 };
        assert_eq!(seconds(slow.after(&refused("authorization_pending"))), Some(120), "as long as it wants");
        assert_eq!(seconds(slow.after(&silent)), Some(120));
        assert_eq!(seconds(slow.after(&refused("slow_down"))), Some(125));
    }

    #[test]
    fn a_moment_without_network_is_no_end() {
        let host: Box<str> = "a.example".into();
        for failure in [
            FetchFailed::Unresolvable { host: host.clone() },
            FetchFailed::ProxyUnreachable { proxy: host.clone() },
            FetchFailed::Timeout { host: host.clone() },
        ] {
            assert!(Pace { seconds: 5 }.after(&ObtainFailed::Fetch(failure)).is_some());
        }
        let too_large = FetchFailed::TooLarge { host, limit: 1 };
        assert_eq!(Pace { seconds: 5 }.after(&ObtainFailed::Fetch(too_large)), None);
    }
}
