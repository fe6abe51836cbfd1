//! Every seed of every fuzz target, through the same body that the fuzzer runs.

use std::{fs, path::PathBuf};

use warded_fuzz_bodies::TARGETS;

fn corpus(target: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../corpus").join(target)
}

#[test]
fn every_seed_keeps_the_properties() {
    for (name, target) in TARGETS {
        let mut seeds = 0;
        for seed in fs::read_dir(corpus(name)).unwrap() {
            let path = seed.unwrap().path();
            let bytes = fs::read(&path).unwrap();
            let replay = || target(&bytes);
            assert!(
                std::panic::catch_unwind(replay).is_ok(),
                "{name}: {} breaks a property",
                path.file_name().unwrap_or_default().display()
            );
            seeds += 1;
        }
        assert!(seeds >= 20, "{name}: a corpus of {seeds} seeds says little");
    }
}

#[test]
fn every_corpus_belongs_to_a_target_and_stays_small() {
    for entry in fs::read_dir(corpus("")).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        assert!(TARGETS.iter().any(|(target, _)| *target == name), "{name} has no target");
        let is_seed = |name: &str| !(name.len() == 40 && name.bytes().all(|byte| byte.is_ascii_hexdigit()));
        let seeds: Vec<_> = fs::read_dir(&path)
            .unwrap()
            .map(Result::unwrap)
            .filter(|seed| is_seed(seed.file_name().to_str().unwrap()))
            .collect();
        assert!(seeds.len() <= 60, "{name}: {} seeds", seeds.len());
        for seed in seeds {
            let size = seed.metadata().unwrap().len();
            assert!(size <= 4096, "{name}: {:?} has {size} bytes", seed.file_name());
        }
    }
}
