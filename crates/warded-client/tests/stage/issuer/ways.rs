//! What an issuer gives to those who do not come with a code: who type one elsewhere, or bring what others say of them.

use axum::response::Response;
use serde_json::json;

use super::{Granted, Issuer, Knobs, Refresh};
use crate::stage::{Kind, Seen, json};

const ID_JAG: &str = "urn:ietf:params:oauth:token-type:id-jag";

fn refuse(error: &str) -> Response {
    json(400, &json!({ "error": error }))
}

impl Issuer {
    /// RFC 8628 §3.1
    pub(super) fn device(&self, seen: &Seen) -> Response {
        let code = format!("DEVICE-{}-{:04}", self.name, self.number());
        self.ledger.note(Kind::DeviceCode, &code, "");
        let granted = Granted {
            challenge: String::new(),
            redirect_uri: String::new(),
            resource: seen.parameter("resource").unwrap_or_default(),
            scope: seen.parameter("scope"),
            client: seen.parameter("client_id").unwrap_or_default(),
            key: None,
        };
        self.given.lock().unwrap().codes.insert(code.clone(), granted);
        let page = format!("{}/enter", self.url);
        json(
            200,
            &json!({
                "device_code": code, "user_code": "WDJB-MJHT", "verification_uri": page,
                "expires_in": "600", "interval": 1,
            }),
        )
    }

    /// RFC 8628 §3.4
    pub(super) fn typed(&self, seen: &Seen, knobs: &Knobs, key: Option<String>) -> Response {
        let asked = |name| seen.parameter(name).unwrap_or_default();
        let answer = {
            let mut knobs = self.knobs.lock().unwrap();
            knobs.devices.as_mut().and_then(|answers| (!answers.is_empty()).then(|| answers.remove(0)))
        };
        if let Some(error) = answer {
            return json(knobs.no, &json!({ "error": error }));
        }
        let granted = self.given.lock().unwrap().codes.remove(&asked("device_code"));
        match granted.filter(|granted| granted.resource == asked("resource")) {
            Some(granted) => json(200, &self.issue(knobs, None, Refresh::of(granted, key))),
            None => refuse("invalid_grant"),
        }
    }

    /// RFC 7523 §2.1, RFC 8693
    pub(super) fn vouched(&self, seen: &Seen, knobs: &Knobs, kind: &str, key: Option<String>) -> Response {
        let is_assertion = kind == "jwt-bearer";
        let shown = seen.parameter(if is_assertion { "assertion" } else { "subject_token" });
        if !knobs.trusted.contains(&shown.unwrap_or_default()) {
            return refuse("invalid_grant");
        }
        let given = |text: &str, kind: &str, issued: Option<&str>| {
            json(200, &json!({ "access_token": text, "token_type": kind, "issued_token_type": issued }))
        };
        match (&knobs.introduces, &knobs.returns) {
            (Some(text), _) if !is_assertion => given(text, "N_A", knobs.issues.map(|_| ID_JAG)),
            (_, Some(text)) if !is_assertion => given(text, "Bearer", knobs.issues),
            _ => json(200, &self.issue(knobs, None, Refresh::asked(seen, key))),
        }
    }
}
