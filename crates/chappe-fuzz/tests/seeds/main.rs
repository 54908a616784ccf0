//! Makes the seeds of the corpora from real encodings: `cargo test -p chappe-fuzz --test seeds -- --ignored`.
//!
//! Files named `seed-*` are this program's; others, such as what the fuzzer found, are left alone.

#![allow(clippy::unwrap_used)] // Helpers of tests are tests.

mod operations;
mod records;
mod values;

use std::fs;
use std::path::PathBuf;

/// The seeds of one target.
struct Seeds(Vec<(String, Vec<u8>)>);

impl Seeds {
    fn add(&mut self, name: &str, bytes: impl Into<Vec<u8>>) {
        self.0.push((name.to_owned(), bytes.into()));
    }
}

fn write(target: &str, fill: fn(&mut Seeds)) {
    let mut seeds = Seeds(Vec::new());
    fill(&mut seeds);
    let folder = [env!("CARGO_MANIFEST_DIR"), "corpus", target].iter().collect::<PathBuf>();
    fs::create_dir_all(&folder).unwrap();
    for entry in fs::read_dir(&folder).unwrap() {
        let path = entry.unwrap().path();
        if path.file_name().unwrap().to_string_lossy().starts_with("seed-") {
            fs::remove_file(path).unwrap();
        }
    }
    for (name, bytes) in seeds.0 {
        fs::write(folder.join(format!("seed-{name}")), bytes).unwrap();
    }
}

#[test]
#[ignore = "writes the corpus folder"]
fn write_the_seeds() {
    write("tl", values::tl);
    write("tl_dynamic", values::tl_dynamic);
    write("tl_json", values::tl_json);
    write("schema_text", values::schema_text);
    write("layers", values::layers);
    write("gzip", values::gzip);
    write("wrappers", values::wrappers);
    write("transport_client", operations::transport_client);
    write("transport_server", operations::transport_server);
    write("fake_tls", operations::fake_tls);
    write("updates", operations::updates);
    write("websocket", operations::websocket);
    write("exchange_client", operations::exchange_client);
    write("exchange_server", operations::exchange_server);
    write("session_client", operations::session_client);
    write("session_server", operations::session_server);
    write("secret_envelope", operations::secret_envelope);
    write("secret_engine", operations::secret_engine);
    write("secret_records", records::secret_records);
    write("client_records", records::client_records);
    write("markup", records::markup);
}
