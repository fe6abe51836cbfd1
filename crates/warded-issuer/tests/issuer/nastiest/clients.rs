//! Number 7: Who says it is a client (RFC 6749 §2.3), at every grant. What clients say about themselves and where we look for it
//! is no matter of grants: see `elsewhere`.

use super::{Cast, Scene, refuses};

table! { Secret:
    nobody: |ask| {
        ask.form.without("client_id");
        ask.form.without("client_secret");
    } => { code, refresh, own, exchange: 400 "invalid_request" "parameter-missing"; }
    a_stranger: |ask| ask.form.set("client_id", "stranger") => { code, refresh, own, exchange: 401 "invalid_client" "client-unknown"; }
    a_secret_that_is_wrong: |ask| ask.form.set("client_secret", "wrong") => { code, refresh, own, exchange: 401 "invalid_client" "client-unproven"; }
    a_secret_in_another_case: |ask| {
        let secret = ask.form.value("client_secret").to_uppercase();
        ask.form.set("client_secret", &secret);
    } => { code, refresh, own, exchange: 401 "invalid_client" "client-unproven"; }
    no_secret: |ask| ask.form.without("client_secret") => { code, refresh, own, exchange: 401 "invalid_client" "client-unproven"; }
    the_secret_of_another: |ask| {
        let secret = ask.scene.stage.robot.1.clone();
        ask.form.set("client_secret", &secret);
    } => { code, refresh, own, exchange: 401 "invalid_client" "client-unproven"; }
    a_header_that_cannot_be_read: |ask| {
        ask.form.without("client_secret");
        ask.header("authorization", "Basic !");
    } => { code, refresh, own, exchange: 401 "invalid_client" "client-method-unknown"; }
    a_secret_for_a_client_with_a_key: |ask| ask.form.set("client_id", "signer") => { code, refresh, own, exchange: 401 "invalid_client" "client-unproven"; }
    one_that_has_not_this_grant: |ask| {
        let (id, secret) = ask.scene.stage.portal.clone();
        ask.form.set("client_id", &id);
        ask.form.set("client_secret", &secret);
    } => {
        code: 400 "invalid_grant" "code-invalid";
        refresh: 400 "invalid_grant" "refresh-invalid";
        own, exchange: 400 "unauthorized_client" "grant-not-for-client";
    }
    a_url_that_nothing_was_granted_to: |ask| {
        ask.form.without("client_secret");
        ask.form.set("client_id", "https://169.254.169.254/client");
    } => {
        code: 400 "invalid_grant" "code-invalid";
        refresh: 400 "invalid_grant" "refresh-invalid";
        own, exchange: 400 "unauthorized_client" "grant-not-for-client";
    }
    another_grant: |ask| ask.form.set("grant_type", "password") => { code, refresh, own, exchange: 400 "unsupported_grant_type" "grant-unknown"; }
    a_grant_in_another_case: |ask| {
        let grant = ask.form.value("grant_type").to_uppercase();
        ask.form.set("grant_type", &grant);
    } => { code, refresh, own, exchange: 400 "unsupported_grant_type" "grant-unknown"; }
}

table! { Plain:
    a_public_client_with_a_secret: |ask| ask.form.set("client_secret", "x") => { code, refresh: 401 "invalid_client" "client-unproven"; }
    a_public_client_in_its_own_name: |ask| ask.form.set("grant_type", "client_credentials") => { code, refresh: 400 "unauthorized_client" "grant-not-for-client"; }
}
