//! A file from the server, piece by piece and in order.

use std::future::Future;
use std::pin::Pin;

use chappe_api::{enums, functions, types};
use chappe_secret::{FileDecryption, FilePosition, RemoteFile};
use chappe_tl::Encode;
use futures_util::StreamExt;
use futures_util::stream::FuturesOrdered;
use zeroize::Zeroizing;

use super::progress::Listener;
use crate::call::{Call, InvokeOptions};
use crate::client::Client;
use crate::error::{Error, ErrorKind, InvokeError};
use crate::limits;
use crate::net::NetHandle;

/// What to fetch.
#[derive(Debug)]
pub(super) enum Origin {
    Plain { location: enums::InputFileLocation, size: Option<u64>, dc_id: Option<i32> },
    Secret(RemoteFile),
}

impl Origin {
    /// Bytes that come out.
    pub(super) fn size(&self) -> Option<u64> {
        match self {
            Self::Plain { size, .. } => *size,
            Self::Secret(file) => u64::try_from(file.size).ok(),
        }
    }
}

type Piece = Pin<Box<dyn Future<Output = Result<enums::upload::File, InvokeError>> + Send>>;

pub(super) struct Pieces {
    client: Client,
    net: NetHandle,
    location: enums::InputFileLocation,
    /// Bytes on the server.
    total: Option<u64>,
    /// Bytes that come out.
    size: Option<u64>,
    /// Bytes that have come, in order.
    offset: u64,
    /// Where the next request begins.
    asked: u64,
    running: FuturesOrdered<Piece>,
    decryption: Option<FileDecryption>,
    ended: bool,
    migrations: u32,
    progress: Listener,
}

const PIECE: u64 = limits::DOWNLOAD_PIECE;

impl Pieces {
    /// Begins at the position, or at the beginning.
    pub(super) async fn start(
        client: Client,
        origin: Origin,
        position: Option<FilePosition>,
        progress: Listener,
    ) -> Result<Self, Error> {
        let size = origin.size();
        let offset = position.as_ref().map_or(0, |position| position.offset);
        let (location, dc_id, total, decryption) = match origin {
            Origin::Plain { location, size, dc_id } => (location, dc_id, size, None),
            Origin::Secret(remote) => {
                check(&remote)?;
                let decryption = match &position {
                    Some(position) => FileDecryption::resume(&remote, position),
                    None => FileDecryption::new(&remote),
                };
                let (id, access_hash) = (remote.file.id, remote.file.access_hash);
                let location = types::InputEncryptedFileLocation { id, access_hash }.into();
                let total = remote.file.size.unsigned_abs();
                (location, Some(remote.file.dc_id), Some(total), Some(decryption))
            }
        };
        let net = match dc_id {
            Some(dc_id) => client.data_centre(dc_id).await?,
            None => client.inner.net.clone(),
        };
        let pieces = Self {
            client,
            net,
            location,
            total,
            size,
            offset,
            asked: offset,
            running: FuturesOrdered::new(),
            decryption,
            ended: false,
            migrations: 0,
            progress,
        };
        pieces.tell_progress();
        Ok(pieces)
    }

    /// The next bytes of the file.
    pub(super) async fn next(&mut self) -> Result<Option<Zeroizing<Vec<u8>>>, Error> {
        loop {
            self.ask()?;
            let Some(answer) = self.running.next().await else { return Ok(None) };
            match answer {
                Ok(enums::upload::File::File(file)) => return self.take(file.bytes).map(Some),
                Ok(_) => {
                    let message =
                        "the server offers the file in a content delivery network, which is not supported";
                    return Err(Error::new(ErrorKind::File, message));
                }
                Err(error) => self.redirect(error).await?,
            }
        }
    }

    /// Sends requests until enough are on the way.
    fn ask(&mut self) -> Result<(), Error> {
        let window = if self.total.is_some() { limits::PARTS_AT_ONCE } else { 1 };
        while !self.ended && self.running.len() < window && self.total.is_none_or(|total| self.asked < total)
        {
            let too_far = |_| Error::new(ErrorKind::File, "the file is too long");
            let request = functions::upload::GetFile {
                precise: false,
                cdn_supported: false,
                location: self.location.clone(),
                offset: i64::try_from(self.asked).map_err(too_far)?,
                limit: PIECE as i32,
            };
            let body = request.to_bytes().map_err(InvokeError::from)?;
            let options = InvokeOptions { repeatable: true, ..InvokeOptions::default() };
            let call = Call::start(&self.net, body, options, self.client.policy());
            self.running.push_back(Box::pin(call.decoded()));
            self.asked += PIECE;
        }
        Ok(())
    }

    fn take(&mut self, bytes: Vec<u8>) -> Result<Zeroizing<Vec<u8>>, Error> {
        let mut bytes = Zeroizing::new(bytes);
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
                let expected = PIECE.min(total.saturating_sub(self.offset));
                if len != expected {
                    return Err(wrong(expected));
                }
            }
            None if len > PIECE => return Err(wrong(PIECE)),
            None => self.ended = len < PIECE,
        }
        self.offset += len;
        if let Some(decryption) = &mut self.decryption {
            decryption.decrypt(&mut bytes)?;
        }
        self.tell_progress();
        Ok(bytes)
    }

    /// Goes to another data centre if that is where the server sends us.
    async fn redirect(&mut self, error: InvokeError) -> Result<(), Error> {
        let Some(dc_id) = error.rpc().and_then(chappe_mtproto::rpc::RpcError::redirect_to) else {
            return Err(error.into());
        };
        self.migrations += 1;
        if self.migrations > limits::MAX_MIGRATIONS {
            return Err(error.into());
        }
        self.net = self.client.data_centre(dc_id).await?;
        self.running = FuturesOrdered::new();
        self.asked = self.offset;
        Ok(())
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
        }
        Ok(self.size.unwrap_or(self.offset))
    }

    fn tell_progress(&self) {
        let done = self.size.map_or(self.offset, |size| self.offset.min(size));
        self.progress.tell(done, self.size);
    }
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
