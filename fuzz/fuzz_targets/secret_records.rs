#![no_main]
use libfuzzer_sys::fuzz_target;

fuzz_target!(|data: &[u8]| chappe_fuzz::secret_records(data));
