//! Snapshots as the bytes of a file.

use std::time::Duration;

use crate::common::{Client, Pair, data, service};
use chappe_api::enums;
use chappe_server::{Server, ServerError, Snapshot};

#[tokio::test]
async fn a_snapshot_goes_through_bytes_and_damage_is_noticed() {
    let server = crate::common::in_memory().seed(3).spawn().await.unwrap();
    let mut pair = Pair::new(&server).await;
    pair.alice.call(service(&pair.peer_a, 6, data(1))).await.unwrap();
    server.advance(Duration::from_secs(2 * 24 * 3600)).await.unwrap();
    let bytes = server.snapshot().await.unwrap().to_bytes().unwrap();
    let again = Snapshot::from_bytes(&bytes).unwrap();
    assert!(again.to_bytes().unwrap() == bytes);
    let fork = Server::builder().fork(&again).spawn().await.unwrap();
    assert_eq!(fork.fingerprint(), server.fingerprint());
    assert!((fork.now().unix_secs() - server.now().unix_secs()).abs() < 60, "the time is the same");
    let mut bob = Client::resume(fork.address(), pair.bob.saved.clone()).await;
    let enums::updates::Difference::Difference(missed) = bob.difference(1, 0).await else {
        panic!("nothing")
    };
    assert_eq!(missed.new_encrypted_messages.len(), 1);

    let mut other = bytes.clone();
    other[100] ^= 1;
    for wrong in [&other[..], &bytes[..bytes.len() - 1], &bytes[1..], b"chappe-snapshot-1\n", b""] {
        let refused = Snapshot::from_bytes(wrong);
        assert!(matches!(refused, Err(ServerError::Snapshot { .. })), "{} bytes", wrong.len());
    }
}
