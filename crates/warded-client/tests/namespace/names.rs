//! What do names lead to? A name server, as a stranger would run one.

use std::{
    collections::HashMap,
    net::{IpAddr, Ipv4Addr},
    sync::{Arc, Mutex},
};

use tokio::{net::UdpSocket, task::JoinSet};

/// A public address; here it is this machine's, as all are.
pub(crate) const PUBLIC: &str = "93.184.215.14";

/// Each name with its addresses, an alias before them.
const RECORDS: &[(&str, &[&str])] = &[
    ("public.example.com", &[PUBLIC]),
    ("loop.example.com", &["127.0.0.1"]),
    ("127.0.0.1.nip.example.com", &["127.0.0.1"]),
    ("localhost.example.com", &["127.0.0.1"]),
    ("meta.example.com", &["169.254.169.254"]),
    ("inside.example.com", &["10.0.0.1"]),
    ("zero.example.com", &["0.0.0.0"]),
    ("cgnat.example.com", &["100.100.100.200"]),
    ("azure.example.com", &["168.63.129.16"]),
    ("loop6.example.com", &["::1"]),
    ("meta6.example.com", &["fd00:ec2::254"]),
    ("mapped.example.com", &["::ffff:10.0.0.1"]),
    ("nat64.example.com", &["64:ff9b::a9fe:a9fe"]),
    ("sixtofour.example.com", &["2002:a00:1::1"]),
    ("site-local.example.com", &["fec0::1"]),
    ("mixed.example.com", &[PUBLIC, "10.0.0.1"]),
    ("half.example.com", &[PUBLIC, "::1"]),
    (
        "many.example.com",
        &[
            "1.0.0.1", "1.0.0.2", "1.0.0.3", "1.0.0.4", "1.0.0.5", "1.0.0.6", "1.0.0.7", "1.0.0.8",
            "1.0.0.9", "10.0.0.1",
        ],
    ),
    ("alias.example.com", &["=meta.example.com", "169.254.169.254"]),
    ("alias-of-this-machine.example.com", &["=localhost", "127.0.0.1"]),
    ("metadata.google.internal", &["169.254.169.254"]),
    ("metadata.corp.example.com", &["10.0.0.7"]),
    ("printer.local", &["192.168.0.9"]),
];

/// Ends when it is dropped.
pub(crate) struct Names {
    asked: Arc<Mutex<Vec<String>>>,
    _running: JoinSet<()>,
}

impl Names {
    pub(crate) async fn start() -> Self {
        let socket = UdpSocket::bind((Ipv4Addr::new(127, 0, 0, 53), 53)).await.unwrap();
        let asked = Arc::<Mutex<Vec<String>>>::default();
        let log = Arc::clone(&asked);
        let mut running = JoinSet::new();
        running.spawn(async move {
            let mut rebound = HashMap::new();
            let mut question = [0; 512];
            loop {
                let (length, from) = socket.recv_from(&mut question).await.unwrap();
                let Some(query) = Query::read(&question[..length]) else { continue };
                let answer = answer(&query, &mut rebound);
                log.lock().unwrap().push(query.name);
                socket.send_to(&answer, from).await.unwrap();
            }
        });
        Self { asked, _running: running }
    }

    /// Every name that was asked for.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

/// One question (RFC 1035 §4.1).
struct Query<'a> {
    id: &'a [u8],
    question: &'a [u8],
    name: String,
    kind: u16,
}

const A: u16 = 1;
const CNAME: u16 = 5;
const AAAA: u16 = 28;

impl<'a> Query<'a> {
    fn read(message: &'a [u8]) -> Option<Self> {
        let (mut at, mut labels) = (12, Vec::new());
        loop {
            let length = usize::from(*message.get(at)?);
            if length == 0 {
                break;
            }
            labels.push(String::from_utf8(message.get(at + 1..=at + length)?.to_vec()).ok()?);
            at += length + 1;
        }
        let kind = u16::from_be_bytes(message.get(at + 1..at + 3)?.try_into().ok()?);
        let question = message.get(12..at + 5)?;
        Some(Self { id: message.get(..2)?, question, name: labels.join(".").to_ascii_lowercase(), kind })
    }
}

fn answer(query: &Query<'_>, rebound: &mut HashMap<u16, u32>) -> Vec<u8> {
    let mut found = RECORDS.iter().find(|(name, _)| *name == query.name).map(|(_, records)| records.to_vec());
    if query.name == "rebind.example.com" {
        let times = rebound.entry(query.kind).or_insert(0);
        *times += 1;
        found = Some(vec![if *times == 1 { PUBLIC } else { "127.0.0.1" }]);
    }
    let mut records = Vec::new();
    let mut owner = vec![0xc0, 12];
    for record in found.iter().flatten() {
        if let Some(target) = record.strip_prefix('=') {
            let target = encoded(target);
            records.push(resource(&owner, CNAME, &target));
            owner = target;
            continue;
        }
        match (record.parse().unwrap(), query.kind) {
            (IpAddr::V4(address), A) => records.push(resource(&owner, A, &address.octets())),
            (IpAddr::V6(address), AAAA) => records.push(resource(&owner, AAAA, &address.octets())),
            _ => {}
        }
    }
    let status = if found.is_some() { 0x80 } else { 0x83 };
    let count = u8::try_from(records.len()).unwrap();
    let mut message = query.id.to_vec();
    message.extend([0x81, status, 0, 1, 0, count, 0, 0, 0, 0]);
    message.extend(query.question);
    message.extend(records.concat());
    message
}

fn resource(owner: &[u8], kind: u16, data: &[u8]) -> Vec<u8> {
    let length = u16::try_from(data.len()).unwrap().to_be_bytes();
    [owner, &kind.to_be_bytes(), &[0, 1, 0, 0, 0, 0], &length, data].concat()
}

fn encoded(name: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    for label in name.split('.') {
        bytes.push(u8::try_from(label.len()).unwrap());
        bytes.extend(label.as_bytes());
    }
    bytes.push(0);
    bytes
}
