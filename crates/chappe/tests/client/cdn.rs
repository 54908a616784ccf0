//! Downloads by way of a CDN data centre, which nobody trusts.

use std::sync::{Arc, Mutex};

use crate::common::cloud::{content, document};
use crate::common::{builder, log_in, person, soon};
use chappe::files::{CloudFile, Progress};
use chappe::session::MemorySession;
use chappe_server::{Match, Server};

const MIB: usize = 1 << 20;

/// How often this method was called so far.
fn calls(server: &Server, method: &str) -> u64 {
    server.methods().get(method).map_or(0, |of| of.calls)
}

#[tokio::test]
async fn a_file_comes_by_way_of_the_cdn_as_it_was() {
    let server = Server::builder().test_key().cdn(true).spawn().await.unwrap();
    let (alice, _) = person(&server, 101, "Alice").await;
    for len in [1, 131_072, 131_073, 3 * MIB + 12_345] {
        let plain = content(len);
        let message = document(&alice, plain.clone()).await;
        let last = Arc::new(Mutex::new(Progress::default()));
        let told = last.clone();
        let download = alice.download(&message).progress(move |progress| *told.lock().unwrap() = progress);
        assert!(soon(download.to_vec()).await.unwrap() == plain, "{len}");
        assert!(last.lock().unwrap().is_complete());
        // Whole pieces with hashes come, whatever is asked for.
        let range = len as u64 / 3..len as u64 / 2 + 1;
        let part = soon(alice.download(&message).range(range.clone()).to_vec()).await.unwrap();
        assert!(part == plain[range.start as usize..range.end as usize], "{len}: {range:?}");
    }
    assert!(calls(&server, "upload.getCdnFile") > 0);
    assert_eq!(server.cdn().unwrap().held_chunks(), 1 + 1 + 1 + 4);
}

#[tokio::test]
async fn what_a_cdn_has_changed_never_gets_through() {
    let server = Server::builder().test_key().cdn(true).spawn().await.unwrap();
    let (alice, _) = person(&server, 101, "Alice").await;
    let plain = content(2 * MIB);
    let message = document(&alice, plain.clone()).await;
    server.cdn().unwrap().lie(true);
    assert!(soon(alice.download(&message).to_vec()).await.unwrap() == plain);
    assert!(calls(&server, "upload.getCdnFile") > 0, "it was asked");
}

#[tokio::test]
async fn a_cdn_that_forgets_and_a_token_that_ends_hold_nobody_up() {
    let server = Server::builder().test_key().cdn(true).spawn().await.unwrap();
    let (alice, _) = person(&server, 101, "Alice").await;
    let plain = content(4 * MIB);
    let message = document(&alice, plain.clone()).await;
    let cdn = server.cdn().unwrap();
    let download = alice.download(&message).progress(move |_| cdn.forget());
    assert!(soon(download.to_vec()).await.unwrap() == plain);
    let given = calls(&server, "upload.reuploadCdnFile");
    assert!(given > 4, "{given} times for four chunks");
    server
        .faults()
        .on(Match::method("upload.getCdnFile"))
        .after(2)
        .times(1)
        .answer(400, "FILE_TOKEN_INVALID");
    let asked = calls(&server, "upload.getFile");
    assert!(soon(alice.download(&message).to_vec()).await.unwrap() == plain);
    assert!(calls(&server, "upload.getFile") > asked + 1, "it got another token");
}

#[tokio::test]
async fn a_cdn_that_is_not_there_or_not_wanted_is_done_without() {
    let server = Server::builder().test_key().cdn(true).spawn().await.unwrap();
    let (alice, _) = person(&server, 101, "Alice").await;
    let plain = content(MIB);
    let message = document(&alice, plain.clone()).await;
    server.faults().on(Match::method("help.getCdnConfig")).answer(400, "CDN_METHOD_INVALID");
    assert!(soon(alice.download(&message).to_vec()).await.unwrap() == plain);
    server.faults().clear();
    let without = builder(&server, MemorySession::new()).cdn(false).connect().await.unwrap();
    log_in(&without, 101, "Alice").await;
    let file = CloudFile::of_message(&message).unwrap();
    assert!(soon(without.download(file).to_vec()).await.unwrap() == plain);
    assert_eq!(calls(&server, "upload.getCdnFile"), 0);
}
