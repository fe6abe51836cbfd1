//! Where others' URLs may lead, tried out where every address of the world is this machine's own: in a network namespace
//! whose only route leads back into it. A listener sees whatever gets through.
#![cfg(target_os = "linux")]
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up has failed")]

mod answers;
mod enter;
mod listener;
mod names;
mod tricks;

use std::{net::IpAddr, sync::Arc, time::Duration};

use http::Method;
use warded_client::{
    clock::SystemClock,
    fetch::{Fetch, FetchFailed, Network, Outgoing, Reach, Target},
    keys::Keys,
};
use warded_core::Issuer;

use self::{
    listener::Listener,
    names::Names,
    tricks::{NAMES, SPELLINGS, Seen, Trick},
};

/// The namespace with all that listens in it, and the way out that is tried.
struct World {
    listener: Listener,
    names: Names,
    fetch: Fetch,
}

impl World {
    async fn start() -> Self {
        let listener = Listener::start().await;
        let network = Network::default().believing([listener.certificate()]);
        let time = Duration::from_mins(1);
        let fetch = Fetch::on(&network, Reach::public()).unwrap().with_time_limits(time, time);
        Self { listener, names: Names::start().await, fetch }
    }

    /// What a stranger's URL leads to: nothing, and nobody hears of it.
    async fn refuses(&self, trick: &Trick) {
        let outcome = match Target::learned(trick.url) {
            Ok(target) => self.fetch.get(&target).await.map(drop),
            // A text that parsers read in different ways is no URL at all.
            Err(_) => Err(FetchFailed::Vetoed { host: "".into() }),
        };
        assert!(matches!(outcome, Err(FetchFailed::Vetoed { .. })), "{}: {outcome:?}", trick.url);
        let seen = self.listener.seen().await;
        assert!(seen.is_empty(), "{}: {seen:?}", trick.url);
    }

    /// The same place, named by whoever runs us: the listener would have seen it.
    async fn reaches(&self, trick: &Trick) {
        let target = Target::configured(trick.url).unwrap_or_else(|_| {
            let host = trick.leads_to;
            Target::configured(&if host.contains(':') {
                format!("https://[{host}]/")
            } else {
                format!("https://{host}/")
            })
            .unwrap()
        });
        // Whether they like each other's certificates is another matter.
        drop(self.fetch.get(&target).await);
        let seen = self.listener.seen().await;
        let is_seen = match trick.seen {
            Seen::There => seen.contains(&trick.leads_to.parse().unwrap()),
            Seen::At(address) => seen.contains(&address.parse().unwrap()),
            Seen::Somewhere => !seen.is_empty(),
        };
        assert!(is_seen, "{}: {seen:?}", trick.url);
    }
}

#[test]
fn no_spelling_of_a_special_address_is_connected_to() {
    enter::namespace("no_spelling_of_a_special_address_is_connected_to", async || {
        let world = World::start().await;
        let mut controls = 0;
        for trick in SPELLINGS {
            world.refuses(trick).await;
            if trick.is_dialled_by_linux() {
                world.reaches(trick).await;
                controls += 1;
            }
        }
        assert_eq!(world.names.asked(), Vec::<String>::new());
        println!("{} spellings, {controls} of them with a control: no connection", SPELLINGS.len());
        assert!(SPELLINGS.len() >= 60 && controls >= SPELLINGS.len() - 6, "{controls}");
    });
}

#[test]
fn no_name_that_leads_to_a_special_address_is_connected_to() {
    enter::namespace("no_name_that_leads_to_a_special_address_is_connected_to", async || {
        let world = World::start().await;
        for trick in NAMES {
            world.refuses(trick).await;
            world.reaches(trick).await;
        }
        println!("{} names: no connection", NAMES.len());
        assert!(NAMES.len() >= 15);
    });
}

#[test]
fn private_names_are_not_even_asked_for() {
    enter::namespace("private_names_are_not_even_asked_for", async || {
        let world = World::start().await;
        for url in ["https://metadata", "https://metadata.google.internal", "https://printer.local"] {
            let outcome = world.fetch.get(&Target::learned(url).unwrap()).await;
            assert!(matches!(outcome, Err(FetchFailed::Vetoed { .. })), "{url}: {outcome:?}");
        }
        assert_eq!(world.names.asked(), Vec::<String>::new());
        assert!(world.listener.seen().await.is_empty());
    });
}

#[test]
fn a_name_that_changes_its_mind_gains_nothing() {
    enter::namespace("a_name_that_changes_its_mind_gains_nothing", async || {
        let world = World::start().await;
        let target = Target::learned("https://rebind.example.com/").unwrap();
        // Public, then inside: looked up once, vetted and dialled as it was looked up.
        let first = world.fetch.get(&target).await;
        assert!(first.is_ok(), "{first:?}");
        let again = world.fetch.get(&target).await;
        assert_eq!(again.unwrap_err(), FetchFailed::Vetoed { host: "rebind.example.com".into() });
        let public: IpAddr = names::PUBLIC.parse().unwrap();
        assert_eq!(world.listener.seen().await, [public]);
    });
}

#[test]
fn an_answer_leads_nowhere() {
    enter::namespace("an_answer_leads_nowhere", async || {
        let world = World::start().await;
        let public: IpAddr = names::PUBLIC.parse().unwrap();
        for path in answers::LEADING {
            let target = Target::learned(&format!("https://public.example.com{path}")).unwrap();
            for method in [Method::GET, Method::POST] {
                let fetched = world.fetch.send(method, &target, Outgoing::nothing()).await.unwrap();
                assert_eq!(path.ends_with("200"), fetched.json().is_ok(), "{path}");
            }
            assert_eq!(world.listener.seen().await, [public, public], "{path}");
        }
    });
}

#[test]
fn an_issuer_cannot_send_us_inside_for_its_keys() {
    enter::namespace("an_issuer_cannot_send_us_inside_for_its_keys", async || {
        let world = World::start().await;
        let public: IpAddr = names::PUBLIC.parse().unwrap();
        for inside in answers::INSIDE {
            let issuer = Issuer::parse(&format!("https://public.example.com/{inside}")).unwrap();
            let keys = Keys::new(world.fetch.clone(), Arc::new(SystemClock), [issuer]);
            let failed: Vec<_> = keys.warm().await.into_iter().map(|(_, error)| error.to_string()).collect();
            assert!(
                failed.len() == 1 && failed[0].contains("named by another party"),
                "{inside}: {failed:?}"
            );
            // Its metadata was read, and nothing else.
            assert_eq!(world.listener.seen().await, [public], "{inside}");
        }
        let issuer = Issuer::parse("https://public.example.com/honest").unwrap();
        let keys = Keys::new(world.fetch.clone(), Arc::new(SystemClock), [issuer]);
        assert!(keys.warm().await.is_empty());
    });
}
