//! Files by way of a CDN data centre, which nobody trusts: it has neither the key nor a say about what the content is.
//!
//! The key, the token that names the file, and the hashes of its pieces come from the data centre that sent us there; a
//! piece whose hash is another one never gets through.
//!
//! Source: <https://core.telegram.org/cdn>

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use chappe_api::{enums, functions, types};
use chappe_crypto::{AesCtr, hash};
use chappe_mtproto::rpc::RpcError;
use chappe_tl::{Decode, Function};

use crate::call::{Call, InvokeOptions};
use crate::client::Client;
use crate::error::{Error, ErrorKind, InvokeError};
use crate::limits::MAX_CDN_UPLOADS;
use crate::net::NetHandle;

/// A file of which the CDN has the bytes.
pub(super) struct Cdn {
    client: Client,
    /// The data centre that sent us.
    master: NetHandle,
    net: NetHandle,
    token: Vec<u8>,
    key: [u8; 32],
    iv: [u8; 16],
    /// Length and hash of the pieces, by where they begin.
    hashes: Mutex<BTreeMap<u64, (u64, Vec<u8>)>>,
}

/// What became of a piece.
pub(super) enum CdnPiece {
    Bytes(Vec<u8>),
    /// The token is good no more: ask for another one.
    Expired,
    /// The CDN is of no use, and why.
    Useless(String),
}

/// What ends the work on a piece early.
enum Stop {
    Expired,
    Useless(String),
    Invoke(InvokeError),
}

impl From<InvokeError> for Stop {
    fn from(error: InvokeError) -> Self {
        if error.is("FILE_TOKEN_INVALID") { Self::Expired } else { Self::Invoke(error) }
    }
}

impl Cdn {
    /// Goes where a redirection of `master` points.
    pub(super) async fn open(
        client: &Client,
        master: &NetHandle,
        redirect: types::upload::FileCdnRedirect,
    ) -> Result<Arc<Self>, Error> {
        let types::upload::FileCdnRedirect { dc_id, file_token, encryption_key, encryption_iv, file_hashes } =
            redirect;
        let odd =
            |_| Error::new(ErrorKind::File, "the key of a file in a CDN has another length than it must");
        let cdn = Self {
            client: client.clone(),
            master: master.clone(),
            net: client.cdn_centre(dc_id).await?,
            token: file_token,
            key: encryption_key.try_into().map_err(odd)?,
            iv: encryption_iv.try_into().map_err(odd)?,
            hashes: Mutex::default(),
        };
        cdn.learn(file_hashes);
        Ok(Arc::new(cdn))
    }

    /// The bytes from `offset` on, checked. Both numbers are multiples of the length that hashes are made of.
    pub(super) async fn piece(self: Arc<Self>, offset: u64, limit: i32) -> Result<CdnPiece, InvokeError> {
        match self.fetch(offset, limit).await {
            Ok(bytes) => Ok(CdnPiece::Bytes(bytes)),
            Err(Stop::Expired) => Ok(CdnPiece::Expired),
            Err(Stop::Useless(why)) => Ok(CdnPiece::Useless(why)),
            Err(Stop::Invoke(error)) => Err(error),
        }
    }

    async fn fetch(&self, offset: u64, limit: i32) -> Result<Vec<u8>, Stop> {
        let file_token = || self.token.clone();
        for _ in 0..=MAX_CDN_UPLOADS {
            let at = i64::try_from(offset).unwrap_or(i64::MAX);
            let get = functions::upload::GetCdnFile { file_token: file_token(), offset: at, limit };
            let request_token = match self.ask(&self.net, get).await? {
                enums::upload::CdnFile::File(file) => {
                    let mut bytes = file.bytes;
                    AesCtr::new(&self.key, &self.counter(offset)).apply(&mut bytes);
                    self.check(offset, &bytes).await?;
                    return Ok(bytes);
                }
                enums::upload::CdnFile::ReuploadNeeded(needed) => needed.request_token,
            };
            let again = functions::upload::ReuploadCdnFile { file_token: file_token(), request_token };
            match self.ask(&self.master, again).await {
                Ok(hashes) => self.learn(hashes),
                // The CDN has it meanwhile, or asks with a new token.
                Err(error) if error.is("REQUEST_TOKEN_INVALID") => {}
                Err(error) => return Err(error.into()),
            }
        }
        Err(Stop::Useless("it asks for the same piece again and again".to_owned()))
    }

    /// Compares every hash of these bytes.
    async fn check(&self, offset: u64, bytes: &[u8]) -> Result<(), Stop> {
        let mut rest = bytes;
        let mut at = offset;
        while !rest.is_empty() {
            let (len, expected) = match self.hash_at(at) {
                Some(known) => known,
                None => {
                    let offset = i64::try_from(at).unwrap_or(i64::MAX);
                    let get = functions::upload::GetCdnFileHashes { file_token: self.token.clone(), offset };
                    self.learn(self.ask(&self.master, get).await?);
                    self.hash_at(at)
                        .ok_or_else(|| Stop::Useless(format!("there is no hash of the piece at {at}")))?
                }
            };
            let piece = usize::try_from(len).ok().and_then(|len| rest.split_at_checked(len));
            let (piece, after) = piece
                .ok_or_else(|| Stop::Useless(format!("the piece at {at} is shorter than it must be")))?;
            if hash::sha256(&[piece])[..] != expected[..] {
                return Err(Stop::Useless(format!("the piece at {at} is not what it must be")));
            }
            (rest, at) = (after, at + len);
        }
        Ok(())
    }

    fn hash_at(&self, offset: u64) -> Option<(u64, Vec<u8>)> {
        self.hashes.lock().unwrap_or_else(PoisonError::into_inner).get(&offset).cloned()
    }

    fn learn(&self, hashes: Vec<types::FileHash>) {
        let mut known = self.hashes.lock().unwrap_or_else(PoisonError::into_inner);
        for types::FileHash { offset, limit, hash } in hashes {
            // What is known stays: it may have been used.
            if let (Ok(offset), Ok(len @ 1..)) = (u64::try_from(offset), u64::try_from(limit)) {
                known.entry(offset).or_insert((len, hash));
            }
        }
    }

    /// The counter of the block at this offset: the last four bytes of the initialisation vector count blocks.
    fn counter(&self, offset: u64) -> [u8; 16] {
        let mut iv = self.iv;
        if let Some(last) = iv.last_chunk_mut() {
            *last = u32::try_from(offset / 16).unwrap_or(u32::MAX).to_be_bytes();
        }
        iv
    }

    async fn ask<R: Function>(&self, net: &NetHandle, request: R) -> Result<R::Response, InvokeError> {
        let options = InvokeOptions { repeatable: true, ..InvokeOptions::default() };
        let body = request.to_bytes()?;
        drop(request);
        let answer = Call::start(net, body, options, self.client.policy()).await?;
        Ok(R::Response::from_bytes(&answer)?)
    }
}

/// Whether the server says that the reference of a file is good no more.
pub(crate) fn is_reference_error(error: &RpcError) -> bool {
    // With a number between if one call names several files.
    let of = |problem: &str| matches!(problem, "EMPTY" | "EXPIRED" | "INVALID");
    let rest = error.name.strip_prefix("FILE_REFERENCE_");
    rest.is_some_and(|rest| of(rest.strip_prefix("X_").unwrap_or(rest)))
}
