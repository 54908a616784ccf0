//! Files and other content of secret chats, over a real server.
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use crate::common::secret::{chat, event, message, pair};
use crate::common::{server, soon};
use chappe::files::{FileInput, UploadState};
use chappe::secret::{Content, ExternalDocument, Media, OutgoingFile, SecretEvent, unpack_waveform};
use chappe::{ErrorKind, functions};
use tokio::io::{AsyncRead, ReadBuf};

/// Bytes that are different everywhere.
fn content(len: usize) -> Vec<u8> {
    (0..len as u64).map(|at| (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8).collect()
}

#[tokio::test]
async fn files_of_every_length_arrive_as_they_were() {
    let server = server().await;
    let (alice, bob, user) = pair(&server).await;
    let (ours, theirs, mut events) = chat(&alice, &bob, &user).await;
    for len in [1, 15, 16, 17, 32 << 10, (32 << 10) + 1, (1 << 20) + 1, (3 << 19) + 15] {
        let plain = content(len);
        let sent = soon(ours.send_file(FileInput::bytes(plain.clone()).named("a.bin"))).await.unwrap();
        let message = message(&mut events).await;
        assert_eq!(message.random_id, sent.random_id);
        assert_eq!(message.media(), Some(&Media::Document));
        assert_eq!(message.media_file().unwrap().name.as_deref(), Some("a.bin"));
        let fetched = soon(theirs.download(&message).unwrap().to_vec()).await.unwrap();
        assert!(fetched == plain, "{len} bytes");
        // The sender can fetch it, too.
        let own = alice.secret_chats().download(sent.file.unwrap());
        assert!(soon(own.to_vec()).await.unwrap() == plain);
    }
}

#[tokio::test]
async fn a_file_above_ten_megabytes_goes_up_with_constant_memory() {
    const LEN: u64 = (10 << 20) + 5;
    let server = server().await;
    let (alice, bob, user) = pair(&server).await;
    let (ours, theirs, mut events) = chat(&alice, &bob, &user).await;
    let read = Arc::new(AtomicU64::new(0));
    let (arrived, furthest) = (Arc::new(AtomicU64::new(0)), Arc::new(AtomicU64::new(0)));
    let reader = Counted { read: read.clone(), left: LEN };
    let file = OutgoingFile::new(FileInput::reader(reader, LEN).named("film.mp4"));
    let file = file.video(1280, 720, Duration::from_secs(61)).progress({
        let (arrived, furthest) = (arrived.clone(), furthest.clone());
        move |progress| {
            assert_eq!(progress.total, Some(LEN.next_multiple_of(16)));
            furthest.fetch_max(read.load(Ordering::SeqCst) - progress.done.min(LEN), Ordering::SeqCst);
            assert!(arrived.swap(progress.done, Ordering::SeqCst) <= progress.done);
        }
    });
    soon(ours.send_file(file)).await.unwrap();
    assert_eq!(arrived.load(Ordering::SeqCst), LEN.next_multiple_of(16));
    // What is in memory: the parts on the way and the one that is being read.
    assert!(furthest.load(Ordering::SeqCst) <= 5 * (512 << 10), "{furthest:?} bytes were read ahead");
    let message = message(&mut events).await;
    assert_eq!(message.media(), Some(&Media::Video { width: 1280, height: 720, duration: 61 }));
    assert_eq!(message.media_file().unwrap().mime_type, "video/mp4");
    let mut counted = Sink::default();
    assert_eq!(soon(theirs.download(&message).unwrap().to_writer(&mut counted)).await.unwrap(), LEN);
    assert_eq!(counted.0, LEN);
}

/// Reads byte after byte from a number, and counts.
struct Counted {
    read: Arc<AtomicU64>,
    left: u64,
}

impl AsyncRead for Counted {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let len = (buf.remaining() as u64).min(self.left).min(64 << 10) as usize;
        buf.initialize_unfilled_to(len).fill(7);
        buf.advance(len);
        self.left -= len as u64;
        self.read.fetch_add(len as u64, Ordering::SeqCst);
        Poll::Ready(Ok(()))
    }
}

/// Checks what [`Counted`] gave.
#[derive(Default)]
struct Sink(u64);

impl tokio::io::AsyncWrite for Sink {
    fn poll_write(mut self: Pin<&mut Self>, _: &mut Context<'_>, buf: &[u8]) -> Poll<std::io::Result<usize>> {
        assert!(buf.iter().all(|byte| *byte == 7));
        self.0 += buf.len() as u64;
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<std::io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

#[tokio::test]
async fn what_goes_with_a_file_arrives() {
    let server = server().await;
    let (alice, bob, user) = pair(&server).await;
    let (ours, theirs, mut events) = chat(&alice, &bob, &user).await;
    let first = soon(ours.send_text("first")).await.unwrap();
    message(&mut events).await;
    let thumbnail = vec![0xff, 0xd8, 0xff, 0xd9];
    let file = OutgoingFile::new(content(100))
        .file_name("../../beach.jpg")
        .photo(640, 480)
        .caption("look")
        .thumbnail(thumbnail.clone(), 90, 67)
        .ttl(Duration::from_secs(30))
        .reply_to(first.random_id)
        .via_bot("pic")
        .silent();
    soon(ours.send_file(file)).await.unwrap();
    let photo = message(&mut events).await;
    assert_eq!(photo.text(), "look");
    assert_eq!((photo.ttl, photo.silent, photo.opens()), (30, true, true));
    assert_eq!((photo.reply_to, photo.via_bot_name.as_deref()), (Some(first.random_id), Some("pic")));
    assert_eq!(photo.media(), Some(&Media::Photo { width: 640, height: 480 }));
    assert_eq!(photo.media_file().unwrap().thumbnail.as_ref().unwrap().bytes, thumbnail);
    // Nobody sends on what is to vanish.
    assert_eq!(theirs.forward(&photo).await.unwrap_err().kind(), ErrorKind::Argument);

    let voice = OutgoingFile::new(content(50)).voice(Duration::from_secs(3), &[1, 2, 31]).view_once();
    soon(ours.send_file(voice)).await.unwrap();
    let voice = message(&mut events).await;
    let Some(Media::Voice { duration: 3, waveform }) = voice.media() else { panic!("{voice:?}") };
    assert_eq!(unpack_waveform(waveform), [1, 2, 31]);
    assert!(voice.is_view_once() && !voice.may_be_forwarded());

    for (file, expected) in [
        (OutgoingFile::new(content(9)).round_video(240, Duration::from_secs(2)), "RoundVideo"),
        (OutgoingFile::new(content(9)).animation(1, 2, Duration::from_secs(3)), "Animation"),
        (OutgoingFile::new(content(9)).audio(Duration::from_secs(1), Some("Song".into()), None), "Audio"),
        (OutgoingFile::new(content(9)).sticker("\u{1f600}", 512, 512), "Sticker"),
        (OutgoingFile::new(content(9)).document().file_name("x.txt"), "Document"),
    ] {
        soon(ours.send_file(file)).await.unwrap();
        let message = message(&mut events).await;
        assert_eq!(message.media().unwrap().name(), expected);
        assert_eq!(soon(theirs.download(&message).unwrap().to_vec()).await.unwrap(), content(9));
    }
}

#[tokio::test]
async fn a_picture_is_recognised_and_other_files_are_documents() {
    let server = server().await;
    let (alice, bob, user) = pair(&server).await;
    let (ours, _, mut events) = chat(&alice, &bob, &user).await;
    let folder = tempfile::tempdir().unwrap();
    let mut jpeg = vec![0xff, 0xd8, 0xff, 0xc0, 0, 17, 8, 0, 90, 0, 120, 3];
    jpeg.resize(1000, 1);
    for (name, bytes, expected) in [
        ("a.jpg", jpeg, Media::Photo { width: 120, height: 90 }),
        ("b.jpg", content(100), Media::Document),
        ("c.png", content(100), Media::Document),
    ] {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        soon(ours.send_file(path)).await.unwrap();
        let message = message(&mut events).await;
        assert_eq!(message.media(), Some(&expected), "{name}");
    }
    let error = ours.send_file(folder.path()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::File);
    let error = ours.send_file(folder.path().join("none")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::File);
    assert!(error.to_string().contains("none"), "{error}");
    let error = ours.send_file(Vec::new()).await.unwrap_err();
    assert!(error.to_string().contains("empty"), "{error}");
}

#[tokio::test]
async fn albums_travel_together() {
    let server = server().await;
    let (alice, bob, user) = pair(&server).await;
    let (ours, _, mut events) = chat(&alice, &bob, &user).await;
    let files = |count: usize| (0..count).map(|n| OutgoingFile::new(content(n + 1)).photo(1, 1));
    let sent = soon(ours.send_album(files(3))).await.unwrap();
    let mut group = None;
    for sent in sent {
        let message = message(&mut events).await;
        assert_eq!(message.random_id, sent.random_id);
        assert!(message.grouped_id.is_some());
        assert_eq!(*group.get_or_insert(message.grouped_id), message.grouped_id);
    }
    for count in [0, 1, 11] {
        let error = ours.send_album(files(count)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Argument, "{count}");
    }
}

#[tokio::test]
async fn places_people_and_links_arrive() {
    let server = server().await;
    let (alice, bob, user) = pair(&server).await;
    let (ours, theirs, mut events) = chat(&alice, &bob, &user).await;
    soon(ours.send_location(48.5, 2.25)).await.unwrap();
    let place = message(&mut events).await;
    assert_eq!(place.media(), Some(&Media::Location { latitude: 48.5, longitude: 2.25 }));
    soon(ours.send_venue(48.5, 2.25, "Louvre", "Paris")).await.unwrap();
    assert_eq!(message(&mut events).await.media().unwrap().name(), "Venue");
    soon(ours.send_contact("+33123", "Claude", "Chappe", 5)).await.unwrap();
    let Some(Media::Contact { first_name, user_id, .. }) = message(&mut events).await.media().cloned() else {
        panic!("no contact")
    };
    assert_eq!((first_name.as_str(), user_id), ("Claude", 5));
    soon(ours.send_web_page("see https://example.org", "https://example.org")).await.unwrap();
    let page = message(&mut events).await;
    assert_eq!(page.text(), "see https://example.org");
    assert_eq!(page.media(), Some(&Media::WebPage { url: "https://example.org".into() }));
    assert_eq!(theirs.download(&page).unwrap_err().kind(), ErrorKind::Argument);
    assert!(ours.send_location(91.0, 0.0).await.is_err());
}

#[tokio::test]
async fn a_sticker_of_the_cloud_arrives_and_goes_on_as_it_came() {
    let server = server().await;
    let (alice, bob, user) = pair(&server).await;
    let (ours, theirs, mut events) = chat(&alice, &bob, &user).await;
    let mut back = alice.secret_events();
    let sticker = ExternalDocument {
        id: 1,
        access_hash: -2,
        date: 3,
        mime_type: "image/webp".to_owned(),
        size: 4,
        dc_id: 2,
        media: Media::Sticker { alt: "\u{1f600}".to_owned(), width: 512, height: 510 },
        sticker_set: Some("set".to_owned()),
        file_name: None,
        thumbnail: None,
    };
    soon(ours.send_sticker(sticker.clone())).await.unwrap();
    let came = message(&mut events).await;
    assert_eq!(came.media(), Some(&Media::ExternalDocument(Box::new(sticker))));
    assert!(came.file.is_none(), "nothing was uploaded");
    soon(theirs.forward(&came)).await.unwrap();
    assert_eq!(message(&mut back).await.media(), came.media());
}

#[tokio::test]
async fn a_received_file_is_sent_on_without_another_upload() {
    let server = server().await;
    let (alice, bob, user) = pair(&server).await;
    let (ours, theirs, mut events) = chat(&alice, &bob, &user).await;
    let (carol, carol_user) = crate::common::person(&server, 110, "Carol").await;
    let (to_carol, at_carol, mut carol_events) = chat(&bob, &carol, &carol_user).await;
    let plain = content(70_000);
    let file = OutgoingFile::new(plain.clone()).file_name("report.pdf").caption("read this");
    soon(ours.send_file(file)).await.unwrap();
    let received = message(&mut events).await;
    soon(to_carol.forward(&received)).await.unwrap();
    let forwarded = message(&mut carol_events).await;
    assert_eq!(forwarded.text(), "read this");
    assert_eq!(forwarded.media_file().unwrap().name.as_deref(), Some("report.pdf"));
    assert_eq!(soon(at_carol.download(&forwarded).unwrap().to_vec()).await.unwrap(), plain);
    assert_eq!(forwarded.file.unwrap().id, received.file.unwrap().id);
    soon(theirs.forward(&received)).await.unwrap();
}

#[tokio::test]
async fn a_download_continues_where_it_was() {
    const LEN: usize = (9 << 20) + 77;
    let server = server().await;
    let (alice, bob, user) = pair(&server).await;
    let (ours, theirs, mut events) = chat(&alice, &bob, &user).await;
    let plain = content(LEN);
    soon(ours.send_file(plain.clone())).await.unwrap();
    let message = message(&mut events).await;
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("copy");
    let part = folder.path().join("copy.part");
    // Given up when most of it is there.
    let (tell, mut told) = tokio::sync::watch::channel(0);
    let download = theirs.download(&message).unwrap().progress(move |progress| {
        tell.send_replace(progress.done);
    });
    tokio::select! {
        result = download.to_path(&path) => panic!("{result:?}"),
        _ = told.wait_for(|done| *done > 6 << 20) => {}
    }
    assert!(!path.exists() && part.exists());
    let first = Arc::new(Mutex::new(None));
    let download = theirs.download(&message).unwrap().progress({
        let first = first.clone();
        move |progress| {
            first.lock().unwrap().get_or_insert(progress.done);
        }
    });
    assert_eq!(soon(download.to_path(&path)).await.unwrap(), LEN as u64);
    assert!(first.lock().unwrap().unwrap() >= 4 << 20, "it began anew");
    assert!(std::fs::read(&path).unwrap() == plain);
    assert!(!part.exists() && !folder.path().join("copy.part.state").exists());
    // What is there of another file is not continued.
    std::fs::write(&part, b"something else").unwrap();
    soon(theirs.download(&message).unwrap().to_path(&path)).await.unwrap();
    assert!(std::fs::read(&path).unwrap() == plain);
    // A folder that is not there is named.
    let error = theirs.download(&message).unwrap().to_path(folder.path().join("no/copy")).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::File);
}

#[tokio::test]
async fn an_upload_continues_where_it_was_unless_the_file_has_changed() {
    const LEN: usize = 5 << 20;
    let server = server().await;
    let (alice, bob, user) = pair(&server).await;
    let (ours, theirs, mut events) = chat(&alice, &bob, &user).await;
    let folder = tempfile::tempdir().unwrap();
    let (path, state) = (folder.path().join("file"), folder.path().join("state"));
    let plain = content(LEN);
    std::fs::write(&path, &plain).unwrap();
    let give_up = async |states: Option<Arc<Mutex<Option<UploadState>>>>| {
        let (tell, mut told) = tokio::sync::watch::channel(0);
        let mut file = OutgoingFile::new(&path).state_file(&state);
        file = file.progress(move |progress| {
            tell.send_replace(progress.done);
        });
        if let Some(states) = states {
            file = file.checkpoint(move |state| *states.lock().unwrap() = Some(state.clone()));
        }
        tokio::select! {
            // Whoever has gone so far gives up, and does not look first whether the rest has come meanwhile.
            biased;
            _ = told.wait_for(|done| *done > 2 << 20) => {}
            result = ours.send_file(file) => panic!("{result:?}"),
        }
    };
    give_up(None).await;
    let first = Arc::new(Mutex::new(None));
    let file = OutgoingFile::new(&path).state_file(&state).progress({
        let first = first.clone();
        move |progress| {
            first.lock().unwrap().get_or_insert(progress.done);
        }
    });
    soon(ours.send_file(file)).await.unwrap();
    assert!(first.lock().unwrap().unwrap() >= 1 << 20, "it began anew");
    assert!(!state.exists(), "the key of the file stays behind");
    let received = message(&mut events).await;
    assert!(soon(theirs.download(&received).unwrap().to_vec()).await.unwrap() == plain);

    // The same key must not encrypt another content.
    let kept = Arc::new(Mutex::new(None));
    give_up(Some(kept.clone())).await;
    let mut changed = plain;
    changed[100] ^= 1;
    std::fs::write(&path, &changed).unwrap();
    let old = UploadState::from_bytes(&kept.lock().unwrap().as_ref().unwrap().to_bytes()).unwrap();
    let error = soon(ours.send_file(OutgoingFile::new(&path).resume(old))).await.unwrap_err();
    assert!(error.to_string().contains("changed"), "{error}");
    // With a state file the upload begins anew, with another key.
    soon(ours.send_file(OutgoingFile::new(&path).state_file(&state))).await.unwrap();
    let received = message(&mut events).await;
    assert!(soon(theirs.download(&received).unwrap().to_vec()).await.unwrap() == changed);
}

#[tokio::test]
async fn transfers_survive_broken_connections() {
    let server = server().await;
    let (alice, bob, user) = pair(&server).await;
    let (ours, theirs, mut events) = chat(&alice, &bob, &user).await;
    let plain = content(3 << 20);
    let cut = alice.clone();
    let file = OutgoingFile::new(plain.clone()).progress(move |_| cut.reconnect());
    soon(ours.send_file(file)).await.unwrap();
    let message = message(&mut events).await;
    let cut = bob.clone();
    let download = theirs.download(&message).unwrap().progress(move |_| cut.reconnect());
    assert!(soon(download.to_vec()).await.unwrap() == plain);
}

#[tokio::test]
async fn texts_pass_a_file_that_is_still_going_up() {
    let server = server().await;
    let (alice, bob, user) = pair(&server).await;
    let (ours, theirs, mut events) = chat(&alice, &bob, &user).await;
    let (tell, mut told) = tokio::sync::watch::channel(0);
    let file = OutgoingFile::new(content(4 << 20)).progress(move |progress| {
        tell.send_replace(progress.done);
    });
    let talk = async {
        told.wait_for(|done| *done > 0).await.unwrap();
        ours.send_text("meanwhile").await.unwrap();
    };
    let (sent, ()) = soon(async { tokio::join!(ours.send_file(file), talk) }).await;
    sent.unwrap();
    assert_eq!(message(&mut events).await.text(), "meanwhile");
    let file = message(&mut events).await;
    // The number was given when the upload had ended: nothing is missing in between.
    assert_eq!(file.raw_seq_no, theirs.info().await.unwrap().received_count - 1);
}

#[tokio::test]
async fn a_reader_of_another_length_is_refused() {
    let server = server().await;
    let (alice, bob, user) = pair(&server).await;
    let (ours, _, mut events) = chat(&alice, &bob, &user).await;
    for (there, said) in [(100, 101), (100, 99), (40_000, 32_768), (0, 5)] {
        let input = FileInput::reader(std::io::Cursor::new(content(there)), said);
        let error = soon(ours.send_file(input)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::File, "{there} {said}");
    }
    // None of them has left a trace in the chat.
    soon(ours.send_text("still here")).await.unwrap();
    assert_eq!(message(&mut events).await.text(), "still here");
}

#[tokio::test]
async fn a_file_that_is_not_what_the_message_says_is_refused() {
    let server = server().await;
    let (alice, bob, user) = pair(&server).await;
    let (ours, _, _) = chat(&alice, &bob, &user).await;
    let small = soon(ours.send_file(content(1000))).await.unwrap().file.unwrap();
    let large = soon(ours.send_file(content(700_000))).await.unwrap().file.unwrap();
    // Another file in its place: shorter, longer, or of the same length under another key.
    let mut truncated = large.clone();
    (truncated.file.id, truncated.file.access_hash) = (small.file.id, small.file.access_hash);
    let error = soon(alice.secret_chats().download(truncated).to_vec()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::File, "{error}");
    let mut overlong = small.clone();
    (overlong.file.id, overlong.file.access_hash) = (large.file.id, large.file.access_hash);
    let error = soon(alice.secret_chats().download(overlong).to_vec()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::File, "{error}");
    let mut other_key = small.clone();
    other_key.key.key[0] ^= 1;
    assert!(soon(alice.secret_chats().download(other_key).to_vec()).await.is_err());
    let mut other_size = small.clone();
    other_size.size -= 16;
    assert!(soon(alice.secret_chats().download(other_size).to_vec()).await.is_err());
    let mut elsewhere = small;
    elsewhere.file.dc_id = 77;
    let error = soon(alice.secret_chats().download(elsewhere).to_vec()).await.unwrap_err();
    assert!(error.to_string().contains("77"), "{error}");
}

#[tokio::test]
async fn a_file_that_no_peer_can_take_is_refused_before_a_byte_is_read() {
    let server = server().await;
    let (alice, bob, user) = pair(&server).await;
    let (ours, _, _events) = chat(&alice, &bob, &user).await;
    for size in [(4000 << 20) + 1, u64::MAX] {
        let read = Arc::new(AtomicU64::new(0));
        let reader = Counted { read: read.clone(), left: size };
        let error = soon(ours.send_file(FileInput::reader(reader, size))).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Secret, "{error}");
        assert_eq!(read.load(Ordering::SeqCst), 0);
    }
}

#[tokio::test]
async fn an_upload_outside_of_secret_chats_gives_what_methods_want() {
    let server = server().await;
    let (alice, _, _) = pair(&server).await;
    let plain = content(100_000);
    let file = soon(alice.upload(FileInput::bytes(plain).named("a.txt")).into_future()).await.unwrap();
    let chappe::enums::InputFile::File(file) = file else { panic!("{file:?}") };
    assert_eq!((file.parts, file.name.as_str(), file.md5_checksum.len()), (4, "a.txt", 32));
    let part = functions::upload::SaveFilePart { file_id: 1, file_part: 0, bytes: Vec::new() };
    assert!(alice.invoke(part).await.unwrap_err().is("FILE_PART_EMPTY"));
}

#[tokio::test]
async fn the_sender_learns_what_becomes_of_a_file() {
    let server = server().await;
    let (alice, bob, user) = pair(&server).await;
    let mut own = alice.secret_events();
    let (ours, theirs, mut events) = chat(&alice, &bob, &user).await;
    let sent = soon(ours.send_file(content(10))).await.unwrap();
    let stored = event(&mut own, |event| match event {
        SecretEvent::FileStored { random_id, file, .. } => Some((random_id, file)),
        _ => None,
    })
    .await;
    assert_eq!(stored, (sent.random_id, sent.file.unwrap().file));
    let received = message(&mut events).await;
    assert!(matches!(received.content, Content::Media { .. }));
    soon(theirs.send_text("thanks")).await.unwrap();
    event(&mut own, |event| match event {
        SecretEvent::Delivered { random_ids, .. } => random_ids.contains(&sent.random_id).then_some(()),
        _ => None,
    })
    .await;
}

#[tokio::test]
async fn a_file_that_was_sent_goes_once_more_without_another_upload() {
    use chappe::secret::OutgoingMedia;
    let server = server().await;
    let (alice, bob, user) = pair(&server).await;
    let (ours, theirs, mut events) = chat(&alice, &bob, &user).await;
    let sent = soon(ours.send_file(FileInput::bytes(b"the minutes".to_vec()).named("a.txt"))).await.unwrap();
    message(&mut events).await;
    let uploads = || server.methods().get("upload.saveFilePart").map_or(0, |of| of.calls);
    let before = uploads();
    let media = OutgoingMedia { text: "once more".into(), ..OutgoingMedia::new(Media::Document) };
    let again = soon(ours.send_stored(media, sent.file.clone().unwrap())).await.unwrap();
    assert_eq!((again.file.map(|file| file.file), uploads()), (sent.file.map(|file| file.file), before));
    let came = message(&mut events).await;
    assert_eq!(came.text(), "once more");
    assert_eq!(soon(theirs.download(&came).unwrap().to_vec()).await.unwrap(), b"the minutes");
}
