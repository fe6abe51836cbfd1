//! What must every store do? One suite for all of them; a store is supported when it keeps it.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::missing_panics_doc,
    reason = "a suite of tests fails by panicking"
)]

use std::{sync::Arc, task::Poll};

use warded_core::{Issuer, ResourceUri, Scopes, UnixTime, jose::Thumbprint};

use crate::{
    Client, Consent, Digest, Grant, GrantType, Method, NewCode, NewRefresh, Origin, PasswordHash, Room,
    Session, StatusIndex, Store, User,
};

mod approvals;
mod books;
mod clients;
mod counters;
mod ends;
mod evidence;
mod grants;
mod keys;
mod marks;
pub(crate) mod pending;
mod people;
mod races;
mod retries;
mod room;
mod statuses;
mod windows;

pub use races::{race, rounds};

pub(crate) fn at(seconds: i64) -> UnixTime {
    UnixTime::from_seconds(1_800_000_000 + seconds)
}

fn issuer(tier: &str) -> Issuer {
    Issuer::parse(&format!("https://mcp.example.com/issuers/{tier}")).unwrap()
}

fn digest(name: impl AsRef<[u8]>) -> Digest {
    Digest::of(name.as_ref())
}

/// A person of that name.
pub fn user(name: &str) -> User {
    User {
        id: format!("id-of-{name}"),
        name: name.to_owned(),
        password: Some(PasswordHash::new("$argon2id$".to_owned())),
        created: at(0),
    }
}

fn client(id: &str, origin: Origin) -> Client {
    Client {
        issuer: issuer("default"),
        id: id.to_owned(),
        name: Some("Editor \"x\", √".to_owned()),
        method: Method::Basic,
        secret: Some(digest("client-secret")),
        jwks: None,
        jwks_uri: None,
        application_type: None,
        redirect_uris: vec!["http://127.0.0.1/callback".to_owned(), "https://a.example/x?y=\"".to_owned()],
        grants: vec![GrantType::AuthorizationCode, GrantType::RefreshToken],
        pinned: Some(ResourceUri::parse("https://mcp.example.com/notes/mcp").unwrap()),
        dpop_bound: false,
        origin,
        management: None,
        created: at(0),
        used: None,
    }
}

pub(crate) fn grant(id: &str) -> Grant {
    Grant {
        id: id.to_owned(),
        issuer: issuer("default"),
        client: "editor".to_owned(),
        user: "id-of-ada".to_owned(),
        server: "notes".to_owned(),
        resource: ResourceUri::parse("https://mcp.example.com/notes/mcp").unwrap(),
        scopes: Scopes::parse("notes:read notes:write").unwrap(),
        auth_time: Some(at(-5)),
        ends: at(9000),
        key: None,
        status: StatusIndex { list: 0, index: 0 },
        redirect_origin: None,
    }
}

pub(crate) fn code(name: &str) -> NewCode {
    NewCode {
        digest: digest(name),
        redirect_uri: "http://127.0.0.1:4711/callback".to_owned(),
        challenge: "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM".to_owned(),
        key: None,
        expires: at(60),
        room: Some((Room::default(), at(0))),
    }
}

fn consent() -> Consent {
    Consent {
        issuer: issuer("default"),
        user: "id-of-ada".into(),
        client: "editor".into(),
        redirect_origin: "https://a.example".into(),
        server: "notes".into(),
        resource: grant("").resource,
        document: None,
    }
}

fn refresh(name: impl AsRef<[u8]>) -> NewRefresh {
    NewRefresh { digest: digest(name), expires: at(1000) }
}

/// Everything, on an empty store.
pub async fn keep(store: Arc<dyn Store>) {
    marks::secrets_are_made_once(&*store).await;
    marks::a_mark_is_used_once(&*store).await;
    marks::marks_that_are_used_up_together_are_all_or_none(&*store).await;
    marks::a_mark_that_nobody_waits_for_takes_no_other_with_it(&*store).await;
    keys::a_key_is_added_behind_the_one_that_was_last(&*store).await;
    keys::keys_are_kept_for_as_long_as_they_are_published(&*store).await;
    people::people_have_one_name_each(&*store).await;
    people::people_are_known_by_provider_and_subject(&*store).await;
    people::whoever_was_removed_comes_back_by_the_operators_word_alone(&*store).await;
    people::whoever_was_removed_is_told_and_may_be_let_in_again(&*store).await;
    people::who_has_added_somebody_is_remembered(&*store).await;
    people::sessions_end(&*store).await;
    people::a_new_password_takes_back_what_the_old_one_agreed_to(&*store).await;
    pending::a_login_under_way_is_taken_once(&*store).await;
    clients::clients_belong_to_one_issuer(&*store).await;
    clients::everything_that_a_client_says_is_kept(&*store).await;
    clients::a_client_is_changed_only_by_whoever_knows_what_it_was(&*store).await;
    clients::that_the_operators_client_was_removed_is_noted(&*store).await;
    clients::consent_is_for_exactly_what_was_asked(&*store).await;
    clients::a_description_that_changed_is_another_question(&*store).await;
    grants::a_code_is_spent_once_and_its_reuse_ends_the_family(&*store).await;
    grants::a_refresh_token_is_spent_once_and_its_reuse_ends_the_family(&*store).await;
    grants::what_has_expired_is_not_spent(&*store).await;
    grants::what_a_grant_is_bound_to_is_kept(&*store).await;
    grants::a_grant_is_bound_to_the_first_key_that_a_refresh_proves(&*store).await;
    grants::grants_that_stand_are_told(&*store).await;
    room::a_person_has_so_many_grants_of_one_client_and_so_many_in_all(&*store).await;
    room::codes_that_nobody_redeems_end_nothing_that_is_in_use(&*store).await;
    evidence::what_is_shown_with_a_secret_is_used_up_where_it_is_spent(&*store).await;
    retries::a_lost_answer_is_given_again_until_its_successor_is_used(&*store).await;
    retries::a_lost_answer_is_not_given_again_when_its_time_is_over(&*store).await;
    retries::an_answer_that_nobody_may_have_again_is_swept(&*store).await;
    ends::whoever_is_removed_leaves_nothing_behind(&*store).await;
    ends::what_was_agreed_to_is_withdrawn_with_all_that_came_of_it(&*store).await;
    ends::what_is_taken_back_is_noted(&*store).await;
    ends::a_grant_is_kept_for_as_long_as_its_access_token_lives(&*store).await;
    statuses::places_are_set_aside_once(&*store).await;
    statuses::what_is_taken_back_has_its_place_told(&*store).await;
    ends::what_has_expired_is_swept_and_nothing_else(&*store).await;
    ends::a_client_that_nobody_uses_any_more_leaves_unless_the_operator_brought_it(&*store).await;
    books::the_last_checkpoint_of_each_node_is_kept(&*store).await;
    books::a_node_has_one_holder_at_a_time(&*store).await;
    grants::a_step_that_is_cut_off_has_happened_whole_or_not_at_all(&*store).await;
    approvals::the_very_same_call_is_held_once(&*store).await;
    approvals::an_approval_is_good_once_and_for_so_long(&*store).await;
    approvals::an_approval_is_restored_for_the_use_that_came_to_nothing_alone(&*store).await;
    approvals::what_was_said_may_be_said_anew_until_the_call_is_made(&*store).await;
    approvals::whoever_denies_a_call_that_is_under_way_is_heard_when_it_comes_to_nothing(&*store).await;
    approvals::a_held_call_is_found_by_the_beginning_of_its_name(&*store).await;
    approvals::one_caller_does_not_hide_the_calls_of_others(&*store).await;
    approvals::all_that_wait_are_told_and_a_few_callers_leave_room_for_others(&store).await;
    counters::a_limit_lets_through_what_it_says_and_no_more(&*store).await;
    counters::counters_have_nothing_to_do_with_each_other(&*store).await;
    counters::all_is_taken_or_nothing(&*store).await;
    counters::of_one_counter_much_is_taken_together_and_not_more_than_nobody_waits_for(&*store).await;
    counters::amounts_that_nobody_means_refill_nothing(&*store).await;
    counters::a_call_is_settled_once(&*store).await;
    counters::a_call_that_is_cut_off_takes_nothing(&*store).await;
    counters::what_a_killed_process_left_is_told_until_it_is_settled(&*store).await;
    counters::what_is_over_is_forgotten(&*store).await;
    windows::windows_of_the_calendar_begin_at_its_edges(&*store).await;
    windows::a_clock_that_is_set_back_finds_the_window_that_it_left(&*store).await;
    windows::what_comes_to_nothing_late_is_given_back_to_its_own_window(&*store).await;
    windows::a_sliding_window_has_no_edge(&*store).await;
    race(&[store]).await;
}

fn thumbprint(letter: &str) -> Thumbprint {
    Thumbprint::parse(&letter.repeat(43)).unwrap()
}

fn session(name: &str, user: &str) -> Session {
    Session {
        digest: digest(name),
        issuer: issuer("default"),
        user: format!("id-of-{user}"),
        since: at(0),
        auth_time: Some(at(-7)),
        expires: at(100),
    }
}

/// Polls a future so many times, and drops it where it is not done by then.
async fn cut_off<F: Future>(future: F, polls: usize) -> Option<F::Output> {
    let mut future = std::pin::pin!(future);
    for _ in 0..polls {
        let polled = std::future::poll_fn(|cx| Poll::Ready(future.as_mut().poll(cx))).await;
        if let Poll::Ready(output) = polled {
            return Some(output);
        }
        tokio::task::yield_now().await;
    }
    None
}
