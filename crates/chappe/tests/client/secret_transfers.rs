//! Transfers that do not go smoothly: streams of unknown length, floods, faults of the server, uploads that it forgets.
use std::future::IntoFuture;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use crate::common::secret::{chat, message, pair};
use crate::common::{server, soon};
use chappe::files::{FileInput, Progress};
use chappe::history::MessageState;
use chappe::secret::{OutgoingFile, SecretChat};
use chappe::{ErrorKind, enums, functions, types};
use chappe_server::Match;
use tokio::io::{AsyncRead, AsyncReadExt, ReadBuf};

const PART: u64 = 512 << 10;

/// Bytes that are different everywhere.
fn byte(at: u64) -> u8 {
    (at.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 56) as u8
}

fn content(len: u64) -> Vec<u8> {
    (0..len).map(byte).collect()
}

/// A pipe that gives a few bytes at a time, and tells nobody how many there will be.
struct Pipe {
    at: Arc<AtomicU64>,
    len: u64,
    breaks: bool,
}

impl Pipe {
    fn new(len: u64) -> Self {
        Self { at: Arc::default(), len, breaks: false }
    }
}

impl AsyncRead for Pipe {
    fn poll_read(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        let at = self.at.load(Ordering::SeqCst);
        if at == self.len && self.breaks {
            return Poll::Ready(Err(std::io::ErrorKind::BrokenPipe.into()));
        }
        let len = (self.len - at).min(4099).min(buf.remaining() as u64);
        let bytes: Vec<u8> = (at..at + len).map(byte).collect();
        buf.put_slice(&bytes);
        self.at.store(at + len, Ordering::SeqCst);
        Poll::Ready(Ok(()))
    }
}

#[tokio::test]
async fn a_stream_of_unknown_length_arrives_whole() {
    let server = server().await;
    let (alice, bob, user) = pair(&server).await;
    let (ours, theirs, mut events) = chat(&alice, &bob, &user).await;
    for len in [1, 16, PART - 1, PART, PART + 1, 2 * PART, 2 * PART + 15] {
        let told = Arc::new(Mutex::new(Vec::<Progress>::new()));
        let file = OutgoingFile::new(FileInput::stream(Pipe::new(len)).named("pipe.bin")).progress({
            let told = told.clone();
            move |progress| told.lock().unwrap().push(progress)
        });
        soon(ours.send_file(file)).await.unwrap();
        let received = message(&mut events).await;
        assert_eq!(received.media_file().unwrap().size, len as i64);
        assert!(soon(theirs.download(&received).unwrap().to_vec()).await.unwrap() == content(len), "{len}");
        let told = told.lock().unwrap();
        let (first, last) = (told.first().unwrap(), told.last().unwrap());
        assert!(last.is_complete() && last.done == len.next_multiple_of(16));
        // What is no longer than a part is known before it leaves.
        assert_eq!(first.total.is_none(), len > PART, "{len}");
    }
}

#[tokio::test]
async fn a_long_stream_goes_up_with_constant_memory() {
    const LEN: u64 = 23 * PART + 7;
    let server = server().await;
    let (alice, bob, user) = pair(&server).await;
    let (ours, theirs, mut events) = chat(&alice, &bob, &user).await;
    let pipe = Pipe::new(LEN);
    let (read, furthest) = (pipe.at.clone(), Arc::new(AtomicU64::new(0)));
    let file = OutgoingFile::new(FileInput::stream(pipe)).progress({
        let furthest = furthest.clone();
        move |progress| {
            furthest.fetch_max(read.load(Ordering::SeqCst).saturating_sub(progress.done), Ordering::SeqCst);
        }
    });
    soon(ours.send_file(file)).await.unwrap();
    // The parts on the way, the one that is read, and the one ahead that shows whether it is the last.
    assert!(furthest.load(Ordering::SeqCst) <= 6 * PART + 1, "{furthest:?} bytes were read ahead");
    let received = message(&mut events).await;
    assert!(soon(theirs.download(&received).unwrap().to_vec()).await.unwrap() == content(LEN));
}

#[tokio::test]
async fn a_stream_outside_of_secret_chats_gives_a_big_file() {
    let server = server().await;
    let (alice, _, _) = pair(&server).await;
    for (len, parts) in [(PART + 1, Some(2)), (3 * PART, Some(3)), (100, None)] {
        let upload = alice.upload(FileInput::stream(Pipe::new(len)).named("pipe.bin"));
        let file = soon(upload.into_future()).await.unwrap();
        match (&file, parts) {
            (enums::InputFile::Big(file), Some(parts)) => assert_eq!(file.parts, parts),
            (enums::InputFile::File(file), None) => assert_eq!(file.md5_checksum.len(), 32),
            other => panic!("{other:?}"),
        }
        let media = types::InputMediaUploadedDocument {
            nosound_video: false,
            force_file: true,
            spoiler: false,
            file,
            thumb: None,
            mime_type: "application/octet-stream".to_owned(),
            attributes: Vec::new(),
            stickers: None,
            video_cover: None,
            video_timestamp: None,
            ttl_seconds: None,
        };
        let peer = enums::InputPeer::PeerSelf;
        let request =
            functions::messages::UploadMedia { business_connection_id: None, peer, media: media.into() };
        let stored = soon(alice.invoke(request)).await.unwrap();
        let enums::MessageMedia::Document(media) = stored else { panic!("{stored:?}") };
        let Some(enums::Document::Document(document)) = media.document else { panic!("{media:?}") };
        let location = types::InputDocumentFileLocation {
            id: document.id,
            access_hash: document.access_hash,
            file_reference: document.file_reference.clone(),
            thumb_size: String::new(),
        };
        assert!(soon(alice.download(location).to_vec()).await.unwrap() == content(len), "{len}");
    }
}

#[tokio::test]
async fn a_stream_that_breaks_leaves_no_trace() {
    let server = server().await;
    let (alice, bob, user) = pair(&server).await;
    let (ours, _, mut events) = chat(&alice, &bob, &user).await;
    for len in [0, 100, 3 * PART] {
        let pipe = Pipe { breaks: true, ..Pipe::new(len) };
        let error = soon(ours.send_file(FileInput::stream(pipe))).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::File, "{error}");
    }
    let error = soon(ours.send_file(FileInput::stream(Pipe::new(0)))).await.unwrap_err();
    assert!(error.to_string().contains("empty"), "{error}");
    // There is nothing by which it could be continued.
    let folder = tempfile::tempdir().unwrap();
    let file = OutgoingFile::new(FileInput::stream(Pipe::new(9))).state_file(folder.path().join("state"));
    assert_eq!(soon(ours.send_file(file)).await.unwrap_err().kind(), ErrorKind::Argument);
    soon(ours.send_text("still here")).await.unwrap();
    assert_eq!(message(&mut events).await.text(), "still here");
    assert_eq!(ours.history().await.unwrap().len(), 2, "the beginning of the chat, and the text");
}

/// Sends a file and fetches it. Its number in the sequence.
async fn there_and_back(
    ours: &SecretChat,
    theirs: &SecretChat,
    events: &mut chappe::SecretEvents,
    len: u64,
) -> u32 {
    let sent = soon(ours.send_file(content(len))).await.unwrap();
    let received = message(events).await;
    assert_eq!(received.random_id, sent.random_id);
    assert!(soon(theirs.download(&received).unwrap().to_vec()).await.unwrap() == content(len), "{len}");
    received.raw_seq_no
}

/// No number is left out or taken twice.
fn follow_each_other(numbers: &[u32]) -> bool {
    numbers.windows(2).all(|pair| pair[1] == pair[0] + 1)
}

#[tokio::test]
async fn floods_and_faults_are_waited_for_and_nothing_is_doubled() {
    let server = server().await;
    let (alice, bob, user) = pair(&server).await;
    let (ours, theirs, mut events) = chat(&alice, &bob, &user).await;
    let faults = server.faults();
    let mut numbers = Vec::new();
    // Of a small file in several parts, then of a big one.
    for (method, len) in [("upload.saveFilePart", 3 * PART), ("upload.saveBigFilePart", 21 * PART + 3)] {
        let began = Instant::now();
        let hits = [
            faults.on(Match::method(method)).after(1).times(1).flood_wait(1),
            faults.on(Match::method(method)).after(2).times(2).answer(500, "RPC_CALL_FAIL"),
            faults.on(Match::method("messages.uploadEncryptedFile")).times(1).answer(500, "RPC_CALL_FAIL"),
            faults.on(Match::method("messages.sendEncryptedFile")).times(1).flood_wait(1),
            faults.on(Match::method("upload.getFile")).times(1).flood_wait(1),
            faults.on(Match::method("upload.getFile")).after(1).times(1).answer(-503, "Timeout"),
        ];
        numbers.push(there_and_back(&ours, &theirs, &mut events, len).await);
        assert_eq!(hits.each_ref().map(chappe_server::FaultHandle::hits), [1, 2, 1, 1, 1, 1], "{method}");
        assert!(began.elapsed() >= Duration::from_secs(3), "three floods of a second");
    }
    // Answers that are lost: the call was carried out, and is made again.
    for method in ["upload.saveFilePart", "messages.uploadEncryptedFile", "messages.sendEncryptedFile"] {
        faults.on(Match::method(method)).times(1).apply(chappe_server::Fault::Disconnect);
        numbers.push(there_and_back(&ours, &theirs, &mut events, 100).await);
    }
    // What does not end is told, and nothing of it is in the chat.
    let forever = faults.on(Match::method("upload.saveFilePart")).flood_wait(3600);
    let error = soon(ours.send_file(content(10))).await.unwrap_err();
    assert!(error.is("FLOOD_WAIT"), "{error}");
    forever.remove();
    numbers.push(there_and_back(&ours, &theirs, &mut events, 10).await);
    assert!(follow_each_other(&numbers), "{numbers:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn uploads_that_the_server_forgets_are_made_again() {
    let server = Arc::new(server().await);
    let (alice, bob, user) = pair(&server).await;
    let (ours, theirs, mut events) = chat(&alice, &bob, &user).await;
    let mut numbers = Vec::new();
    // A day passes in the middle of the second file.
    let once = Arc::new(AtomicBool::new(false));
    let night = {
        let (server, once) = (server.clone(), once.clone());
        move |progress: Progress| {
            if progress.done > 0 && !progress.is_complete() && !once.swap(true, Ordering::SeqCst) {
                let pass = server.advance(Duration::from_secs(25 * 3600));
                tokio::task::block_in_place(|| tokio::runtime::Handle::current().block_on(pass)).unwrap();
            }
        }
    };
    let files = [
        OutgoingFile::new(content(1000)),
        OutgoingFile::new(content(6 * PART)).progress(night),
        OutgoingFile::new(content(2000)),
    ];
    let sent = soon(ours.send_album(files)).await.unwrap();
    assert!(once.load(Ordering::SeqCst));
    for (sent, len) in sent.iter().zip([1000, 6 * PART, 2000]) {
        let received = message(&mut events).await;
        assert_eq!(received.random_id, sent.random_id, "in the order of the album");
        numbers.push(received.raw_seq_no);
        assert!(soon(theirs.download(&received).unwrap().to_vec()).await.unwrap() == content(len));
    }
    // For each of the words with which a server says so.
    for name in ["FILE_PART_0_MISSING", "FILE_PARTS_INVALID", "MD5_CHECKSUM_INVALID"] {
        let method = Match::method("messages.uploadEncryptedFile");
        let lost = server.faults().on(method).times(1).answer(400, name);
        numbers.push(there_and_back(&ours, &theirs, &mut events, 700).await);
        assert_eq!(lost.hits(), 1);
    }
    let entries = ours.history().await.unwrap();
    assert!(entries.iter().all(|entry| !matches!(entry.state, MessageState::Failed { .. })));
    // A stream cannot be had again.
    let lost =
        server.faults().on(Match::method("messages.uploadEncryptedFile")).answer(400, "FILE_PART_0_MISSING");
    let stream = FileInput::stream(tokio::io::repeat(7).take(100));
    assert!(soon(ours.send_file(stream)).await.unwrap_err().is("FILE_PART_X_MISSING"));
    lost.remove();
    // A server that does not know the method takes the upload with the message.
    server.faults().on(Match::method("messages.uploadEncryptedFile")).answer(400, "METHOD_NOT_IMPLEMENTED");
    numbers.push(there_and_back(&ours, &theirs, &mut events, 700).await);
    assert!(follow_each_other(&numbers), "{numbers:?}");
}
