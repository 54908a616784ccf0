//! Downloads and uploads of the cloud: ranges, several pieces at once, other data centres, references that expire.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use crate::common::cloud::{content, document};
use crate::common::{person, server, soon};
use chappe::files::{CloudFile, FileInput};
use chappe::media::Attachment;
use chappe::session::MemorySession;
use chappe::{Client, DataCentres, ErrorKind, functions, types};
use chappe_server::{Fault, Match, Server, VirtualClock};
use tokio::io::{AsyncRead, AsyncWriteExt, ReadBuf};

const MIB: usize = 1 << 20;

/// How often this method was called so far.
fn calls(server: &Server, method: &str) -> u64 {
    server.methods().get(method).map_or(0, |of| of.calls)
}

async fn until(is_so: impl Fn() -> bool) {
    soon(async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}

#[tokio::test]
async fn any_range_is_fetched_and_little_beside_it() {
    let server = server().await;
    let (alice, _) = person(&server, 101, "Alice").await;
    let plain = content(3 * MIB + 333);
    let message = document(&alice, plain.clone()).await;
    let end = plain.len() as u64;
    for range in [0..1, 4095..4097, 1_000_000..1_000_010, 524_287..1_572_865, end - 5..end, 0..end] {
        let got = soon(alice.download(&message).range(range.clone()).to_vec()).await.unwrap();
        assert!(got == plain[range.start as usize..range.end as usize], "{range:?}");
    }
    assert!(
        soon(alice.download(&message).range(end - 2..u64::MAX).to_vec()).await.unwrap()
            == plain[plain.len() - 2..]
    );
    assert!(soon(alice.download(&message).range(7..7).to_vec()).await.unwrap().is_empty());
    assert!(soon(alice.download(&message).range(end + 9..end + 10).to_vec()).await.unwrap().is_empty());
    let before = server.network().sent;
    soon(alice.download(&message).range(2_000_000..2_000_100).to_vec()).await.unwrap();
    assert!(server.network().sent - before < 10_000, "a hundred bytes cost a piece of 4 KiB");
    // A place of which nothing else is known.
    let bare = CloudFile::of_message(&message).unwrap().location().clone();
    let got = soon(alice.download(bare).range(3 * MIB as u64..u64::MAX).to_vec()).await.unwrap();
    assert!(got == plain[3 * MIB..]);
}

#[tokio::test]
async fn four_pieces_are_on_the_way_before_the_first_has_come() {
    let clock = VirtualClock::new();
    let server = Server::builder().test_key().clock(clock.clone() as _).spawn().await.unwrap();
    let (alice, _) = person(&server, 101, "Alice").await;
    let plain = content(4 * MIB);
    let message = document(&alice, plain.clone()).await;
    // A long line: an answer takes a minute by the server's clock, which stands still.
    let far = server.faults().on(Match::any()).apply(Fault::Delay(Duration::from_secs(60)));
    let before = calls(&server, "upload.getFile");
    let download = tokio::spawn(alice.download(&message).to_vec());
    until(|| calls(&server, "upload.getFile") == before + 4).await;
    far.remove();
    clock.advance(Duration::from_secs(60));
    assert!(soon(download).await.unwrap().unwrap() == plain);
}

#[tokio::test]
async fn a_transfer_that_is_given_up_asks_for_nothing_more() {
    let server = server().await;
    let (alice, _) = person(&server, 101, "Alice").await;
    let message = document(&alice, content(8 * MIB)).await;
    let (first, arrived) = tokio::sync::oneshot::channel();
    let first = std::sync::Mutex::new(Some(first));
    let download = alice.download(&message).progress(move |progress| {
        if progress.done > 0
            && let Some(first) = first.lock().unwrap().take()
        {
            first.send(()).unwrap();
        }
    });
    tokio::select! {
        biased;
        arrived = arrived => arrived.unwrap(),
        whole = download.to_vec() => panic!("{} bytes came", whole.unwrap().len()),
    }
    // What was on the way comes before the answer to this.
    soon(alice.invoke(functions::help::GetConfig {})).await.unwrap();
    let asked = calls(&server, "upload.getFile");
    soon(alice.invoke(functions::help::GetConfig {})).await.unwrap();
    assert_eq!(calls(&server, "upload.getFile"), asked);
    assert!(asked < 16, "{asked} of 16 pieces");
}

#[tokio::test]
async fn a_file_comes_piece_by_piece_as_it_is_asked_for() {
    use futures_util::TryStreamExt;
    let server = server().await;
    let (alice, _) = person(&server, 101, "Alice").await;
    let plain = content(3 * MIB + 333);
    let message = document(&alice, plain.clone()).await;
    let mut chunks = alice.download(&message).chunks();
    let (mut came, mut count) = (Vec::new(), 0);
    while let Some(bytes) = soon(chunks.next()).await.unwrap() {
        assert!(!bytes.is_empty() && bytes.len() <= MIB);
        came.extend(bytes);
        count += 1;
    }
    assert!(came == plain && count > 3, "{count} pieces");
    assert!(soon(chunks.next()).await.unwrap().is_none(), "the end stays the end");

    for range in [0..1, 1_000_000..1_000_010, 524_287..1_572_865, 7..7] {
        let chunks = alice.download(&message).range(range.clone()).chunks();
        let came = soon(chunks.try_concat()).await.unwrap();
        assert!(came == plain[range.start as usize..range.end as usize], "{range:?}");
    }

    // Whoever gives up waiting and comes back misses nothing, and a new reference is fetched on the way.
    server
        .faults()
        .on(Match::method("upload.getFile"))
        .after(2)
        .times(1)
        .answer(400, "FILE_REFERENCE_EXPIRED");
    let mut chunks = alice.download(&message).chunks();
    let mut came = Vec::new();
    soon(async {
        loop {
            match tokio::time::timeout(Duration::from_micros(300), chunks.next()).await {
                Err(_) => {}
                Ok(bytes) => match bytes.unwrap() {
                    Some(bytes) => came.extend(bytes),
                    None => break,
                },
            }
        }
    })
    .await;
    assert!(came == plain);
}

#[tokio::test]
async fn pieces_that_nobody_takes_are_not_fetched() {
    let server = server().await;
    let (alice, _) = person(&server, 101, "Alice").await;
    let message = document(&alice, content(8 * MIB)).await;
    let before = calls(&server, "upload.getFile");
    let mut chunks = alice.download(&message).chunks();
    let asked = async || {
        // What was on the way comes before the answer to this.
        soon(alice.invoke(functions::help::GetConfig {})).await.unwrap();
        calls(&server, "upload.getFile") - before
    };
    assert_eq!(asked().await, 0, "nothing before the first one is asked for");
    soon(chunks.next()).await.unwrap().unwrap();
    let window = chappe::limits::PARTS_AT_ONCE as u64;
    assert_eq!(asked().await, window);
    assert_eq!(asked().await, window, "however long it takes");
    soon(chunks.next()).await.unwrap().unwrap();
    assert_eq!(asked().await, window + 1);
    drop(chunks);
    assert_eq!(asked().await, window + 1, "nothing is fetched for nobody");

    let broken = server.faults().on(Match::method("upload.getFile")).after(1).answer(400, "LOCATION_INVALID");
    let mut chunks = alice.download(&message).chunks();
    soon(chunks.next()).await.unwrap().unwrap();
    assert!(soon(chunks.next()).await.unwrap_err().is("LOCATION_INVALID"));
    assert!(soon(chunks.next()).await.unwrap().is_none(), "an error is the end");
    drop(broken);
    let place = types::InputGeoPoint { lat: 1.0, long: 2.0, accuracy_radius: None };
    let no_file =
        crate::common::cloud::send(&alice, types::InputMediaGeoPoint { geo_point: place.into() }.into());
    let mut chunks = alice.download(&no_file.await).chunks();
    assert_eq!(soon(chunks.next()).await.unwrap_err().kind(), ErrorKind::Argument);
}

#[tokio::test]
async fn a_slow_download_is_given_up_and_goes_on_later() {
    let server = server().await;
    let (alice, _) = person(&server, 101, "Alice").await;
    let plain = content(12 * MIB);
    let message = document(&alice, plain.clone()).await;
    let slow = server.faults().on(Match::method("upload.getFile"));
    let slow = slow.apply(Fault::Delay(Duration::from_millis(20)));
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.bin");
    let (told, mut done) = tokio::sync::watch::channel(0);
    let download = alice.download(&message).progress(move |progress| {
        assert!(told.send_replace(progress.done) <= progress.done);
    });
    tokio::select! {
        _ = download.to_path(&path) => panic!("it came at once"),
        far = soon(done.wait_for(|done| *done > 6 * MIB as u64)) => drop(far.unwrap()),
    }
    let asked = slow.hits();
    assert!(asked < 24 && !path.exists(), "{asked} of 24 pieces");
    // What was noted is not fetched again: the first four of the twelve megabytes.
    let first = Arc::new(AtomicU64::new(0));
    let from = Arc::clone(&first);
    let download = alice.download(&message).progress(move |progress| {
        let _ = from.compare_exchange(0, progress.done, Ordering::SeqCst, Ordering::SeqCst);
    });
    assert_eq!(soon(download.to_path(&path)).await.unwrap(), plain.len() as u64);
    assert!(first.load(Ordering::SeqCst) >= chappe::limits::DOWNLOAD_CHECKPOINT);
    assert!(slow.hits() - asked <= 16 + 4, "{} pieces", slow.hits() - asked);
    assert!(std::fs::read(&path).unwrap() == plain);
}

/// A pipe that tells nobody how long it is.
struct Pipe(Arc<AtomicU64>, Vec<u8>);

impl AsyncRead for Pipe {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        to: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let at = self.0.load(Ordering::SeqCst) as usize;
        let len = (self.1.len() - at).min(4099).min(to.remaining());
        to.put_slice(&self.1[at..at + len]);
        self.0.store((at + len) as u64, Ordering::SeqCst);
        Poll::Ready(Ok(()))
    }
}

#[tokio::test]
async fn media_of_unknown_length_go_up_while_they_are_made() {
    let server = server().await;
    let (alice, _) = person(&server, 101, "Alice").await;
    let plain = content(11 * MIB + 1);
    let pipe = FileInput::stream(Pipe(Arc::default(), plain.clone())).named("made.bin");
    let media = soon(alice.upload_media(Attachment::document(pipe))).await.unwrap();
    let message = crate::common::cloud::send(&alice, media).await;
    let file = CloudFile::of_message(&message).unwrap();
    assert_eq!((file.size(), file.name()), (Some(plain.len() as u64), Some("made.bin")));
    assert!(soon(alice.download(file).to_vec()).await.unwrap() == plain);
}

#[tokio::test]
async fn parts_arrive_and_fail_while_the_next_one_is_still_being_made() {
    let server = server().await;
    let (alice, _) = person(&server, 101, "Alice").await;
    let plain = content(MIB + 7);
    let (mut made, pipe) = tokio::io::duplex(2 * MIB);
    let (tell, mut told) = tokio::sync::watch::channel(0);
    let upload = alice.upload(FileInput::stream(pipe)).progress(move |progress| {
        tell.send_replace(progress.done);
    });
    // The program that makes it waits to see that something has come.
    let make = async {
        made.write_all(&plain).await.unwrap();
        told.wait_for(|done| *done > 0).await.unwrap();
        drop(made);
    };
    let (uploaded, ()) = soon(async { tokio::join!(upload.into_future(), make) }).await;
    uploaded.unwrap();

    server.faults().on(Match::method("upload.saveBigFilePart")).answer(400, "FILE_PART_INVALID");
    let (mut made, pipe) = tokio::io::duplex(2 * MIB);
    made.write_all(&plain).await.unwrap();
    let error = soon(alice.upload(FileInput::stream(pipe)).into_future()).await.unwrap_err();
    assert!(error.is("FILE_PART_INVALID"), "{error}");
    drop(made);
}

/// At home in the second of three data centres.
async fn traveller(server: &Server) -> Client {
    let first = DataCentres::single(server.address(), server.dc_id(), server.public_key().clone());
    let known = server.data_centres().iter().fold(first, |known, at| known.with_centre(at.id, at.address));
    let client = Client::builder(1, "hash").data_centres(known).session(MemorySession::new());
    let client = client.connect().await.unwrap();
    crate::common::log_in(&client, 101, "Alice").await;
    client
}

#[tokio::test]
async fn an_upload_goes_on_where_the_server_sends_it() {
    let server = Server::builder().test_key().data_centres(3).spawn().await.unwrap();
    let alice = traveller(&server).await;
    let plain = content(12 * MIB);
    let sent = server.faults().on(Match::method("upload.saveBigFilePart"));
    let sent = sent.after(5).times(1).answer(303, "FILE_MIGRATE_3");
    let media = Attachment::document(FileInput::bytes(plain.clone())).named("a.bin");
    let media = soon(alice.upload_media(media)).await.unwrap();
    assert_eq!(sent.hits(), 1);
    assert_eq!(calls(&server, "auth.importAuthorization"), 1, "it was carried over once");
    let message = crate::common::cloud::send(&alice, media).await;
    assert!(soon(alice.download(&message).to_vec()).await.unwrap() == plain);
}

#[tokio::test]
async fn an_upload_that_is_sent_in_circles_ends() {
    let server = Server::builder().test_key().data_centres(3).spawn().await.unwrap();
    let alice = traveller(&server).await;
    server.faults().on(Match::method("upload.saveFilePart")).answer(303, "FILE_MIGRATE_3");
    let error = soon(async { alice.upload(content(100)).await }).await.unwrap_err();
    assert!(error.is("FILE_MIGRATE"), "{error}");
}

#[tokio::test]
async fn a_file_reference_that_has_expired_is_renewed_from_the_message() {
    let server = server().await;
    let (alice, _) = person(&server, 101, "Alice").await;
    let plain = content(2 * MIB);
    let message = document(&alice, plain.clone()).await;
    // In the middle of it, too.
    let once = server.faults().on(Match::method("upload.getFile"));
    let once = once.after(2).times(1).answer(400, "FILE_REFERENCE_EXPIRED");
    assert!(soon(alice.download(&message).to_vec()).await.unwrap() == plain);
    assert_eq!((once.hits(), calls(&server, "messages.getMessages")), (1, 1));

    server.advance(Duration::from_secs(26 * 3600)).await.unwrap();
    assert!(soon(alice.download(&message).to_vec()).await.unwrap() == plain);
    assert_eq!(calls(&server, "messages.getMessages"), 2);

    // Somebody who has only the place is told what to do, and may know how.
    let old = CloudFile::of_message(&message).unwrap();
    let bare = CloudFile::at(old.location().clone());
    let error = soon(alice.download(bare.clone()).to_vec()).await.unwrap_err();
    assert!(error.to_string().contains("download it by its message"), "{error}");
    let fresh = document_again(&alice, &message).await;
    let renewed = bare.renewed_by(move || std::future::ready(Ok(fresh.clone())));
    assert!(soon(alice.download(renewed).to_vec()).await.unwrap() == plain);

    // The message may be gone.
    let delete = functions::messages::DeleteMessages { revoke: true, id: vec![message.id] };
    soon(alice.invoke(delete)).await.unwrap();
    server.advance(Duration::from_secs(26 * 3600)).await.unwrap();
    let error = soon(alice.download(&message).to_vec()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::File, "{error}");
}

/// The place of the message's file as it is named now.
async fn document_again(client: &Client, message: &types::Message) -> chappe::enums::InputFileLocation {
    let get = functions::messages::GetMessages { id: vec![types::InputMessageId { id: message.id }.into()] };
    let chappe::enums::messages::Messages::Messages(found) = client.invoke(get).await.unwrap() else {
        panic!("all of them")
    };
    let [chappe::enums::Message::Message(message)] = &found.messages[..] else { panic!("one message") };
    CloudFile::of_message(message).unwrap().location().clone()
}

#[tokio::test]
async fn a_reference_that_stays_wrong_ends_the_download() {
    let server = server().await;
    let (alice, _) = person(&server, 101, "Alice").await;
    let message = document(&alice, content(100)).await;
    server.faults().on(Match::method("upload.getFile")).answer(400, "FILE_REFERENCE_INVALID");
    let error = soon(alice.download(&message).to_vec()).await.unwrap_err();
    assert!(error.is("FILE_REFERENCE_INVALID"), "{error}");
    assert!(calls(&server, "upload.getFile") < 10);
}
