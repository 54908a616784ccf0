//! Whole worlds, kept and begun again.

use std::sync::Arc;
use std::time::Duration;

use crate::common::{Client, Pair, Saved, data, service};
use chappe_api::{enums, functions, types};
use chappe_server::{FixedClock, Server, ServerError};

const DAY: Duration = Duration::from_secs(24 * 3600);

/// Messages that wait for Bob in a world.
async fn waiting(server: &Server, bob: &Saved) -> usize {
    match Client::resume(server.address(), bob.clone()).await.difference(1, 0).await {
        enums::updates::Difference::Difference(missed) => missed.new_encrypted_messages.len(),
        enums::updates::Difference::Empty(_) => 0,
        other => panic!("{other:?}"),
    }
}

async fn upload(client: &mut Client, id: i64, fill: u8) {
    let part = functions::upload::SaveFilePart { file_id: id, file_part: 0, bytes: vec![fill; 4096] };
    client.call(part).await.unwrap();
}

#[tokio::test]
async fn a_fork_has_everything_and_goes_its_own_way() {
    let server = crate::common::in_memory().spawn().await.unwrap();
    let mut pair = Pair::new(&server).await;
    let carol = server.user("carol").await.unwrap();
    upload(&mut pair.alice, 77, 9).await;
    let query = functions::messages::SendEncryptedFile {
        silent: false,
        peer: pair.peer_a.clone(),
        random_id: 5,
        data: data(3),
        file: types::InputEncryptedFileUploaded {
            id: 77,
            parts: 1,
            md5_checksum: String::new(),
            key_fingerprint: 1,
        }
        .into(),
    };
    pair.alice.call(query).await.unwrap();
    upload(&mut pair.alice, 78, 8).await;
    server.advance(2 * DAY).await.unwrap();

    let snapshot = server.snapshot().await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let in_memory = Server::builder().fork(&snapshot).spawn().await.unwrap();
    let in_folder = Server::builder().fork(&snapshot).data_dir(folder.path()).spawn().await.unwrap();
    for fork in [&in_memory, &in_folder] {
        assert_eq!((fork.fingerprint(), fork.dc_id()), (server.fingerprint(), server.dc_id()));
        assert!((fork.now().unix_secs() - server.now().unix_secs()).abs() < 60, "the time is the same");
        assert_eq!(fork.user("carol").await.unwrap().user_id, carol.user_id);
        let mut bob = Client::resume(fork.address(), pair.bob.saved.clone()).await;
        let enums::updates::Difference::Difference(missed) = bob.difference(1, 0).await else {
            panic!("nothing")
        };
        let enums::EncryptedMessage::Message(message) = &missed.new_encrypted_messages[0] else {
            panic!("none")
        };
        let enums::EncryptedFile::File(file) = &message.file else { panic!("no file") };
        let location = types::InputEncryptedFileLocation { id: file.id, access_hash: file.access_hash };
        let get = functions::upload::GetFile {
            precise: false,
            cdn_supported: false,
            location: location.into(),
            offset: 0,
            limit: 4096,
        };
        let enums::upload::File::File(piece) = bob.call(get).await.unwrap() else { panic!("no bytes") };
        assert_eq!(piece.bytes, vec![9; 4096], "files are there");
    }
    // What happens in one does not happen in the others.
    let mut alice = Client::resume(in_memory.address(), pair.alice.saved.clone()).await;
    alice.call(service(&pair.peer_a, 6, data(1))).await.unwrap();
    assert_eq!(waiting(&in_memory, &pair.bob.saved).await, 2);
    assert_eq!(waiting(&in_folder, &pair.bob.saved).await, 1);
    assert_eq!(waiting(&server, &pair.bob.saved).await, 1);

    let again = Server::builder().fork(&snapshot).data_dir(folder.path()).spawn().await;
    in_folder.shutdown().await;
    assert!(again.is_err(), "the folder is in use");
    let again = Server::builder().fork(&snapshot).data_dir(folder.path()).spawn().await;
    assert!(matches!(again, Err(ServerError::ForkOverData { .. })), "{again:?}");
    // From a folder into memory.
    let kept = crate::common::in_memory().data_dir(folder.path()).spawn().await.unwrap();
    let copy = Server::builder().fork(&kept.snapshot().await.unwrap()).spawn().await.unwrap();
    assert_eq!(waiting(&copy, &pair.bob.saved).await, 1);
}

#[tokio::test]
async fn forks_of_a_seeded_world_draw_the_same_and_others_do_not() {
    for seeded in [true, false] {
        let builder = crate::common::in_memory().clock(Arc::new(FixedClock::at_unix(1_800_000_000)));
        let builder = if seeded { builder.seed(7) } else { builder };
        let server = builder.spawn().await.unwrap();
        let snapshot = server.snapshot().await.unwrap();
        let mut keys = Vec::new();
        for _ in 0..2 {
            let fork = Server::builder().fork(&snapshot).spawn().await.unwrap();
            assert_eq!(fork.now().unix_secs(), 1_800_000_000);
            keys.push(fork.user("dave").await.unwrap().session.auth_key.id());
        }
        assert_eq!(keys[0] == keys[1], seeded);
    }
}
