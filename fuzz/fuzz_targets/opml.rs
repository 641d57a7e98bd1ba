#![no_main]

libfuzzer_sys::fuzz_target!(|bytes: &[u8]| feedwatch_fuzz::opml(bytes));
