//! A file from the server, piece by piece and in order.

use std::future::Future;
use std::ops::{Deref, Range};
use std::pin::Pin;
use std::sync::Arc;

use chappe_api::{enums, functions, types};
use chappe_secret::{FileDecryption, FilePosition, RemoteFile};
use chappe_tl::{Constructor, Decode, DecodeError, Encode, Reader};
use futures_util::StreamExt;
use futures_util::stream::FuturesOrdered;
use zeroize::{Zeroize, Zeroizing};

use super::cdn::{Cdn, CdnPiece, is_reference_error};
use super::cloud_file::{CloudFile, Source};
use super::progress::Listener;
use crate::call::{Call, InvokeOptions};
use crate::client::Client;
use crate::error::{Error, ErrorKind, InvokeError};
use crate::limits;
use crate::net::NetHandle;

/// What to fetch.
#[derive(Debug)]
pub(super) enum Origin {
    Cloud(CloudFile),
    Secret(RemoteFile),
}

impl Origin {
    /// Bytes that come out.
    pub(super) fn size(&self) -> Option<u64> {
        match self {
            Self::Cloud(file) => file.size,
            Self::Secret(file) => u64::try_from(file.size).ok(),
        }
    }
}

/// What the answer to a request is.
enum Answer {
    Cdn(CdnPiece),
    Bytes(Vec<u8>),
    Redirect(types::upload::FileCdnRedirect),
}

impl Answer {
    /// Decodes what the server says. The bytes of a file, which are most of an answer, stay where they are.
    fn of(mut answer: Vec<u8>) -> Result<Self, DecodeError> {
        let mut reader = Reader::new(&answer);
        if reader.peek_id()? != types::upload::File::CONSTRUCTOR_ID {
            return Ok(Self::Redirect(Decode::from_bytes(&answer)?));
        }
        reader.expect_id(types::upload::File::CONSTRUCTOR_ID)?;
        enums::storage::FileType::decode(&mut reader)?;
        let _changed_at = reader.i32()?;
        let head = 12;
        let len = reader.bytes()?.len();
        reader.finish()?;
        // A short length has one byte, a long one four.
        let start = head + if answer.get(head).is_some_and(|first| *first < 0xfe) { 1 } else { 4 };
        answer.truncate(start + len);
        answer.drain(..start);
        Ok(Self::Bytes(answer))
    }
}

type Piece = Pin<Box<dyn Future<Output = Result<Answer, InvokeError>> + Send>>;

pub(super) struct Pieces {
    client: Client,
    net: NetHandle,
    location: enums::InputFileLocation,
    source: Source,
    /// Bytes on the server.
    total: Option<u64>,
    /// Bytes that come out of the whole file.
    size: Option<u64>,
    /// What is wanted of it; the end may be behind the last byte.
    range: Range<u64>,
    /// Bytes of the range that were given out.
    given: u64,
    /// Bytes asked for at once.
    piece: u64,
    /// Where the next answer begins.
    offset: u64,
    /// Where the next request begins.
    asked: u64,
    running: FuturesOrdered<Piece>,
    cdn: Option<Arc<Cdn>>,
    /// Whether the server may send us to a CDN.
    cdn_supported: bool,
    decryption: Option<FileDecryption>,
    ended: bool,
    /// Since the last byte that came: how often we were sent elsewhere, and how often a reference was renewed.
    detours: u32,
    progress: Listener,
}

const PIECE: u64 = limits::DOWNLOAD_PIECE;

/// Bytes of a file. Those of secret chats are wiped: in half a megabyte that takes as long as a copy.
pub(super) struct FileBytes {
    bytes: Vec<u8>,
    secret: bool,
}

impl FileBytes {
    /// For the program, which does with them what it likes.
    pub(super) fn into_vec(mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes)
    }
}

impl Deref for FileBytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Drop for FileBytes {
    fn drop(&mut self) {
        if self.secret {
            self.bytes.zeroize();
        }
    }
}

/// What an answer leads to.
enum Step {
    Bytes(Vec<u8>),
    Again,
}

impl Pieces {
    /// Begins at the position, or at the beginning of the range, which is the whole file if there is none.
    pub(super) async fn start(
        client: Client,
        origin: Origin,
        range: Option<Range<u64>>,
        position: Option<FilePosition>,
        progress: Listener,
    ) -> Result<Self, Error> {
        let size = origin.size();
        if range.is_some() && matches!(origin, Origin::Secret(_)) {
            let message =
                "the encryption of a file in a secret chat is one chain: it can be fetched as a whole only";
            return Err(Error::new(ErrorKind::Argument, message));
        }
        let range = range.unwrap_or(0..u64::MAX);
        let (cloud, total, decryption) = match origin {
            Origin::Cloud(file) => {
                let total = file.size;
                (file, total, None)
            }
            Origin::Secret(remote) => {
                check(&remote)?;
                let decryption = match &position {
                    Some(position) => FileDecryption::resume(&remote, position),
                    None => FileDecryption::new(&remote),
                };
                let (id, access_hash) = (remote.file.id, remote.file.access_hash);
                let file = CloudFile::at(types::InputEncryptedFileLocation { id, access_hash });
                let file = CloudFile { dc_id: Some(remote.file.dc_id), ..file };
                (file, Some(remote.file.size.unsigned_abs()), Some(decryption))
            }
        };
        let net = match cloud.dc_id {
            Some(dc_id) => client.data_centre(dc_id).await?,
            None => client.inner.net.clone(),
        };
        let piece = piece_len(&range);
        let begin = range.start / piece * piece;
        let offset = position.as_ref().map_or(begin, |position| position.offset);
        let pieces = Self {
            cdn_supported: decryption.is_none() && client.inner.config.cdn,
            client,
            net,
            location: cloud.location,
            source: cloud.source,
            total,
            size,
            given: offset.saturating_sub(range.start),
            range,
            piece,
            offset,
            asked: offset,
            running: FuturesOrdered::new(),
            cdn: None,
            decryption,
            ended: false,
            detours: 0,
            progress,
        };
        pieces.tell_progress();
        Ok(pieces)
    }

    /// The next bytes of the file.
    pub(super) async fn next(&mut self) -> Result<Option<FileBytes>, Error> {
        loop {
            self.ask()?;
            let Some(answer) = self.running.next().await else { return Ok(None) };
            if let Step::Bytes(bytes) = self.handle(answer).await? {
                let bytes = self.take(bytes)?;
                // The end of the range may be the beginning of a piece.
                if !bytes.is_empty() {
                    return Ok(Some(bytes));
                }
            }
        }
    }

    async fn handle(&mut self, answer: Result<Answer, InvokeError>) -> Result<Step, Error> {
        let detour = match answer {
            Ok(Answer::Bytes(bytes) | Answer::Cdn(CdnPiece::Bytes(bytes))) => return Ok(Step::Bytes(bytes)),
            detour => detour,
        };
        // What else is on the way goes the same wrong way. It is let go before anything is waited for: whoever gives up
        // here and comes back asks for the same place again.
        self.running = FuturesOrdered::new();
        self.asked = self.offset;
        match detour {
            Ok(Answer::Redirect(redirect)) => {
                self.detour()?;
                match Cdn::open(&self.client, &self.net, redirect).await {
                    Ok(cdn) => {
                        // Pieces are as long as what has a hash, or longer.
                        self.piece = self.piece.max(limits::MIN_CDN_PIECE);
                        self.offset = self.offset / self.piece * self.piece;
                        self.cdn = Some(cdn);
                    }
                    Err(error) => self.leave_cdn(&error.to_string()),
                }
            }
            Ok(Answer::Cdn(CdnPiece::Expired)) => {
                self.detour()?;
                self.cdn = None;
            }
            Ok(Answer::Cdn(CdnPiece::Useless(why))) => self.leave_cdn(&why),
            Err(error) if error.is_unauthorized() => {
                let bounded = self.detour().is_ok();
                match self.client.again_at(&self.net, &error).filter(|_| bounded) {
                    Some(net) => self.net = net.await?,
                    None => return Err(error.into()),
                }
            }
            Err(error) => match error.rpc() {
                Some(rpc) if is_reference_error(rpc) && self.detour().is_ok() => {
                    tracing::debug!(error = %rpc.name, "the file is asked for by a new reference");
                    self.location = self.source.renewed(&self.client, &self.location).await?;
                }
                Some(rpc) => self.redirect(rpc.redirect_to(), error).await?,
                None => return Err(error.into()),
            },
            // Bytes, which are given out above.
            Ok(Answer::Bytes(_) | Answer::Cdn(_)) => {}
        }
        self.asked = self.offset;
        Ok(Step::Again)
    }

    /// Goes to another data centre if that is where the server sends us.
    async fn redirect(&mut self, dc_id: Option<i32>, error: InvokeError) -> Result<(), Error> {
        let Some(dc_id) = dc_id.filter(|_| self.detour().is_ok()) else { return Err(error.into()) };
        self.net = self.client.data_centre(dc_id).await?;
        Ok(())
    }

    /// Goes on without the CDN: what it gave is worth nothing, and the file is where it was.
    fn leave_cdn(&mut self, why: &str) {
        tracing::warn!(
            why,
            "a content delivery network is of no use; the file is fetched from where it is kept"
        );
        self.cdn = None;
        self.cdn_supported = false;
    }

    /// Two places could point at each other.
    fn detour(&mut self) -> Result<(), Error> {
        self.detours += 1;
        match self.detours > limits::MAX_MIGRATIONS {
            true => Err(Error::new(ErrorKind::File, "the file is said to be elsewhere, again and again")),
            false => Ok(()),
        }
    }

    /// Sends requests until enough are on the way.
    fn ask(&mut self) -> Result<(), Error> {
        let window = if self.total.is_some() { limits::PARTS_AT_ONCE } else { 1 };
        let end = self.range.end.min(self.total.unwrap_or(u64::MAX));
        while !self.ended && self.running.len() < window && self.asked < end {
            let piece = match &self.cdn {
                Some(cdn) => {
                    let piece = Arc::clone(cdn).piece(self.asked, self.piece as i32);
                    Box::pin(async move { Ok(Answer::Cdn(piece.await?)) }) as Piece
                }
                None => self.plain_piece()?,
            };
            self.running.push_back(piece);
            self.asked += self.piece;
        }
        Ok(())
    }

    fn plain_piece(&self) -> Result<Piece, Error> {
        let too_far = |_| Error::new(ErrorKind::File, "the file is too long");
        let request = functions::upload::GetFile {
            precise: false,
            cdn_supported: self.cdn_supported,
            location: self.location.clone(),
            offset: i64::try_from(self.asked).map_err(too_far)?,
            limit: self.piece as i32,
        };
        let body = request.to_bytes().map_err(InvokeError::from)?;
        let options = InvokeOptions { repeatable: true, ..InvokeOptions::default() };
        let call = Call::start(&self.net, body, options, self.client.policy());
        Ok(Box::pin(async move { Ok(Answer::of(call.await?)?) }))
    }

    fn take(&mut self, bytes: Vec<u8>) -> Result<FileBytes, Error> {
        let mut taken = FileBytes { bytes, secret: self.decryption.is_some() };
        let bytes = &mut taken.bytes;
        let len = bytes.len() as u64;
        let wrong = |expected: u64| {
            let message = format!(
                "the server gave {len} bytes of the file at {}, where {expected} have to be: it is damaged there",
                self.offset
            );
            Error::new(ErrorKind::File, message)
        };
        match self.total {
            Some(total) => {
                let expected = self.piece.min(total.saturating_sub(self.offset));
                if len != expected {
                    return Err(wrong(expected));
                }
            }
            None if len > self.piece => return Err(wrong(self.piece)),
            None => self.ended = len < self.piece,
        }
        if let Some(decryption) = &mut self.decryption {
            decryption.decrypt(bytes)?;
        }
        let within = |place: u64| usize::try_from(place.saturating_sub(self.offset)).unwrap_or(usize::MAX);
        let (skipped, wanted) = (within(self.range.start.saturating_add(self.given)), within(self.range.end));
        bytes.truncate(wanted);
        let skipped = skipped.min(bytes.len());
        bytes.drain(..skipped);
        self.offset += len;
        self.given += bytes.len() as u64;
        self.detours = 0;
        self.tell_progress();
        Ok(taken)
    }

    /// Where to continue later.
    pub(super) fn position(&self) -> FilePosition {
        match &self.decryption {
            Some(decryption) => decryption.position(),
            None => FilePosition { offset: self.offset, chain: Zeroizing::new([0; 32]) },
        }
    }

    /// Checks that everything has come, and says how much that is.
    pub(super) fn finish(self) -> Result<u64, Error> {
        if let Some(decryption) = self.decryption {
            decryption.finish()?;
            return Ok(self.size.unwrap_or(self.offset));
        }
        Ok(self.given)
    }

    fn tell_progress(&self) {
        let total = self.size.map(|size| self.range.end.min(size).saturating_sub(self.range.start));
        self.progress.tell(total.map_or(self.given, |total| self.given.min(total)), total);
    }
}

/// How much to ask for at once: for a short range no more than there has to be. A piece begins at a multiple of its
/// length.
fn piece_len(range: &Range<u64>) -> u64 {
    let last = range.end.max(range.start + 1) - 1;
    let mut len = limits::MIN_DOWNLOAD_PIECE;
    while len < PIECE && range.start / len != last / len {
        len *= 2;
    }
    len
}

/// Everything that can be checked of a file before it is fetched. Received files have passed these checks; one that was
/// put together by hand may not.
fn check(remote: &RemoteFile) -> Result<(), Error> {
    let refuse = |message: &str| Err(Error::new(ErrorKind::File, message));
    if remote.key.fingerprint() != remote.file.key_fingerprint {
        return refuse("the file on the server is encrypted with another key than the message says");
    }
    let padding = remote.file.size.checked_sub(remote.size);
    if remote.size < 0
        || remote.file.size % 16 != 0
        || !padding.is_some_and(|padding| (0..16).contains(&padding))
    {
        return refuse("the file on the server has another size than the message says");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_short_range_costs_little() {
        for (range, len) in [
            (0..u64::MAX, PIECE),
            (0..1, 4096),
            (4095..4097, 8192),
            (5000..6000, 4096),
            (0..PIECE, PIECE),
            (PIECE - 1..PIECE + 1, PIECE),
            (7..7, 4096),
        ] {
            assert_eq!(piece_len(&range), len, "{range:?}");
        }
    }
}
