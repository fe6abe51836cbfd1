//! A small registry on this machine, for both kinds of packages.

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Cursor, Write as _},
    net::TcpListener,
    process::Command,
    sync::{Arc, Mutex},
    thread,
};

use aws_lc_rs::digest::{SHA256, SHA512, digest};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use flate2::{Compression, write::GzEncoder};
use serde_json::{Value, json};
use tar::{Builder, Header};
use zip::{ZipWriter, write::SimpleFileOptions};

use super::scene::Scene;

/// What is answered at a path.
#[derive(Clone)]
pub(crate) struct Reply {
    pub(crate) status: &'static str,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: Vec<u8>,
}

impl Reply {
    pub(crate) fn of(kind: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status: "200 OK", headers: vec![("Content-Type", kind.to_owned())], body: body.into() }
    }

    pub(crate) fn status(status: &'static str) -> Self {
        Self { status, headers: Vec::new(), body: Vec::new() }
    }
}

/// Answers until the test is over.
#[derive(Clone)]
pub(crate) struct Registry {
    pub(crate) root: String,
    replies: Arc<Mutex<BTreeMap<String, Reply>>>,
    asked: Arc<Mutex<Vec<String>>>,
}

impl Registry {
    pub(crate) fn new() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let root = format!("http://{}", listener.local_addr().unwrap());
        let registry = Self { root, replies: Arc::default(), asked: Arc::default() };
        let served = registry.clone();
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let mut reader = BufReader::new(&stream);
                let mut head = String::new();
                while !head.ends_with("\r\n\r\n") && reader.read_line(&mut head).is_ok_and(|read| read > 0) {}
                let path = head.split(' ').nth(1).unwrap_or_default().to_owned();
                let reply = served.replies.lock().unwrap().get(&path).cloned();
                let reply = reply.unwrap_or_else(|| Reply::status("404 Not Found"));
                served.asked.lock().unwrap().push(head);
                let mut text = format!("HTTP/1.1 {}\r\nConnection: close\r\n", reply.status);
                if !reply.headers.iter().any(|(name, _)| *name == "Content-Length") {
                    text += &format!("Content-Length: {}\r\n", reply.body.len());
                }
                reply.headers.iter().for_each(|(name, value)| text += &format!("{name}: {value}\r\n"));
                (&stream).write_all(&[text.as_bytes(), b"\r\n", &reply.body].concat()).ok();
            }
        });
        registry
    }

    pub(crate) fn at(&self, path: &str, reply: Reply) {
        self.replies.lock().unwrap().insert(path.to_owned(), reply);
    }

    /// The heads of all requests.
    pub(crate) fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }

    /// Publishes a file of a Python package, beside those that are there.
    pub(crate) fn pypi(&self, name: &str, file: &str, archive: &[u8], more: &Value) {
        let path = format!("/simple/{name}/");
        let before = self.replies.lock().unwrap().get(&path).map(|reply| reply.body.clone());
        let before: Option<Value> = before.and_then(|body| serde_json::from_slice(&body).ok());
        let mut list = before.unwrap_or_else(|| json!({ "meta": { "api-version": "1.0" }, "files": [] }));
        let mut listed = json!({
            "filename": file,
            "url": format!("/files/{file}"),
            "hashes": { "sha256": sha256(archive) },
        });
        for (key, value) in more.as_object().into_iter().flatten() {
            listed[key] = value.clone();
        }
        list["files"].as_array_mut().unwrap().push(listed);
        self.at(&path, Reply::of("application/vnd.pypi.simple.v1+json", list.to_string()));
        self.at(&format!("/files/{file}"), Reply::of("application/octet-stream", archive));
    }

    /// Publishes one version of a package of npm.
    pub(crate) fn npm(&self, name: &str, version: &str, archive: &[u8]) {
        let integrity = format!("sha512-{}", STANDARD.encode(digest(&SHA512, archive)));
        let tarball = format!("{}/tarballs/{version}.tgz", self.root);
        let list = json!({
            "name": name,
            "dist-tags": { "latest": version },
            "versions": { version: { "dist": { "tarball": tarball, "integrity": integrity } } },
        });
        let kind = "application/vnd.npm.install-v1+json";
        self.at(&format!("/{name}"), Reply::of(kind, list.to_string()));
        self.at(&format!("/tarballs/{version}.tgz"), Reply::of("application/octet-stream", archive));
    }

    /// A scan that asks this registry and no other.
    pub(crate) fn command(&self, scene: &Scene, arguments: &[&str]) -> Command {
        let mut command = alone(scene, arguments);
        let root = self.root.replace("http://", "http://me:s3cret@");
        command.env("PIP_INDEX_URL", format!("{root}/simple")).env("npm_config_registry", &root);
        command
    }

    pub(crate) fn scan(&self, scene: &Scene, arguments: &[&str]) -> super::scene::Said {
        let said = super::scene::Said::of(&self.command(scene, arguments).output().unwrap());
        assert!(!said.out.contains("s3cret") && !said.err.contains("s3cret"), "{said:?}");
        said
    }
}

/// A scan to which nobody has said which registry to ask.
pub(crate) fn alone(scene: &Scene, arguments: &[&str]) -> Command {
    let mut command = scene.command(arguments);
    for name in [
        "PIP_INDEX_URL",
        "PIP_CONFIG_FILE",
        "VIRTUAL_ENV",
        "NPM_CONFIG_REGISTRY",
        "npm_config_registry",
        "NPM_CONFIG_USERCONFIG",
        "npm_config_userconfig",
        "https_proxy",
        "HTTPS_PROXY",
        "all_proxy",
        "ALL_PROXY",
    ] {
        command.env_remove(name);
    }
    command
}

pub(crate) fn sha256(archive: &[u8]) -> String {
    let digest = digest(&SHA256, archive);
    digest.as_ref().iter().fold(String::new(), |text, byte| text + &format!("{byte:02x}"))
}

pub(crate) fn wheel(files: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in files {
        zip.start_file(*name, SimpleFileOptions::default()).unwrap();
        zip.write_all(content.as_bytes()).unwrap();
    }
    zip.finish().unwrap().into_inner()
}

pub(crate) fn tarball(files: &[(&str, &str)]) -> Vec<u8> {
    let mut tar = Builder::new(GzEncoder::new(Vec::new(), Compression::fast()));
    for (name, content) in files {
        let mut header = Header::new_gnu();
        header.as_mut_bytes()[..name.len()].copy_from_slice(name.as_bytes());
        header.set_size(content.len() as u64);
        header.set_cksum();
        tar.append(&header, content.as_bytes()).unwrap();
    }
    tar.into_inner().unwrap().finish().unwrap()
}
