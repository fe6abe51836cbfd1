//! Which version of the SDK is this? The lock file says so.

fn main() {
    println!("cargo::rerun-if-changed=Cargo.lock");
    let lock = std::fs::read_to_string("Cargo.lock").expect("there is a lock file");
    let (_, rest) = lock.split_once("name = \"rmcp\"\nversion = \"").expect("it has the SDK");
    println!("cargo::rustc-env=RMCP_VERSION={}", rest.split('"').next().unwrap_or_default());
}
