#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| warded_fuzz_bodies::policy(data));
