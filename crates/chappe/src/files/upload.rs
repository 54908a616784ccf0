//! Uploads: `upload.saveFilePart` and `upload.saveBigFilePart`.
//!
//! Source: <https://core.telegram.org/api/files#uploading-files>

use std::collections::BTreeSet;
use std::future::{Future, IntoFuture};
use std::path::PathBuf;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use chappe_api::{enums, functions, types};
use chappe_secret::{FileEncryption, FileKey, FileSource, UploadPlan, UploadedFile, limits as secret_limits};
use chappe_tl::Encode;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use md5::{Digest, Md5};
use rand::Rng;
use rand::rngs::StdRng;
use zeroize::Zeroizing;

use super::content::{Content, Part, mark};
use super::input::{FileInput, Opened};
use super::progress::{Listener, Progress};
use super::upload_state::UploadState;
use crate::call::{Call, InvokeOptions};
use crate::client::Client;
use crate::error::{Error, ErrorKind, InvokeError};
use crate::limits;
use crate::net::NetHandle;
use crate::rt::fs;

/// An upload of a file outside of secret chats, as set up by [`Client::upload`]. Await it for the file as other methods
/// want it; drop it to give it up.
///
/// ```no_run
/// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
/// let upload = client
///     .upload("film.mp4")
///     .progress(|progress| println!("{} of {:?}", progress.done, progress.total))
///     .state_file("film.mp4.upload"); // nothing has happened yet
/// let file = upload.await?;
/// println!("{file:?}");
/// # Ok(())
/// # }
/// ```
#[must_use = "nothing happens until it is awaited"]
#[derive(Debug)]
pub struct Upload {
    client: Client,
    input: FileInput,
    options: Options,
}

/// Keeps the state of an upload.
type Keep = Arc<dyn Fn(&UploadState) + Send + Sync>;

/// What may be asked of every upload.
#[derive(Clone, Default)]
pub(crate) struct Options {
    pub(crate) progress: Listener,
    pub(crate) resume: Option<UploadState>,
    pub(crate) checkpoint: Option<Keep>,
    pub(crate) state_file: Option<PathBuf>,
    /// Most bytes of the plain file, where less than the server takes.
    pub(crate) max_size: Option<u64>,
}

impl std::fmt::Debug for Options {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Options")
            .field("resume", &self.resume)
            .field("state_file", &self.state_file)
            .finish_non_exhaustive()
    }
}

impl Options {
    /// Whether the upload may be continued after a restart, or is such a continuation.
    fn keeps_state(&self) -> bool {
        self.resume.is_some() || self.state_file.is_some() || self.checkpoint.is_some()
    }

    pub(crate) fn with_progress(mut self, listener: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.progress = Listener::new(listener);
        self
    }
}

impl Upload {
    pub(crate) fn new(client: Client, input: FileInput) -> Self {
        Self { client, input, options: Options::default() }
    }

    /// Tells how far it is, after each part.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let upload = client.upload("film.mp4");
    /// let file = upload.progress(|progress| println!("{} of {:?}", progress.done, progress.total)).await?;
    /// # drop(file);
    /// # Ok(())
    /// # }
    /// ```
    pub fn progress(mut self, listener: impl Fn(Progress) + Send + Sync + 'static) -> Self {
        self.options = self.options.with_progress(listener);
        self
    }

    /// Hands out what has to be kept to continue the upload after a restart, before each part leaves.
    ///
    /// ```no_run
    /// use std::sync::{Arc, Mutex};
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let kept = Arc::new(Mutex::new(Vec::new()));
    /// let keep = kept.clone();
    /// let upload = client.upload("film.mp4");
    /// let upload = upload.checkpoint(move |state| *keep.lock().unwrap() = state.to_bytes().to_vec());
    /// if upload.await.is_err() {
    ///     println!("{} bytes are enough to go on later", kept.lock().unwrap().len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn checkpoint(mut self, keep: impl Fn(&UploadState) + Send + Sync + 'static) -> Self {
        self.options.checkpoint = Some(Arc::new(keep));
        self
    }

    /// Continues an upload of the same file. It fails if the file has changed.
    ///
    /// ```no_run
    /// use chappe::files::UploadState;
    ///
    /// # async fn run(client: chappe::Client, kept: Vec<u8>) -> Result<(), chappe::Error> {
    /// let file = client.upload("film.mp4").resume(UploadState::from_bytes(&kept)?).await?;
    /// # drop(file);
    /// # Ok(())
    /// # }
    /// ```
    pub fn resume(mut self, state: UploadState) -> Self {
        self.options.resume = Some(state);
        self
    }

    /// Keeps the state in this file until the upload is complete, and continues from it if it is there.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// // Run again after a crash, it goes on where it was.
    /// let file = client.upload("film.mp4").state_file("film.mp4.upload").await?;
    /// # drop(file);
    /// # Ok(())
    /// # }
    /// ```
    pub fn state_file(mut self, path: impl Into<PathBuf>) -> Self {
        self.options.state_file = Some(path.into());
        self
    }
}

impl IntoFuture for Upload {
    type Output = Result<enums::InputFile, Error>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(async move {
            let Self { client, mut input, options } = self;
            upload_plain(&client, &mut input, &options).await
        })
    }
}

/// Uploads a file as it is.
pub(crate) async fn upload_plain(
    client: &Client,
    input: &mut FileInput,
    options: &Options,
) -> Result<enums::InputFile, Error> {
    let name = input.name().unwrap_or("file").to_owned();
    let done = upload(client, input, options, false).await?;
    forget_state(options).await;
    let Done { file_id: id, plan, md5_checksum, .. } = done;
    Ok(match plan.big {
        true => types::InputFileBig { id, parts: plan.parts, name }.into(),
        false => types::InputFile { id, parts: plan.parts, name, md5_checksum }.into(),
    })
}

/// Encrypts and uploads the file of a secret message.
pub(crate) async fn upload_secret(
    client: &Client,
    input: &mut FileInput,
    options: &Options,
) -> Result<UploadedFile, Error> {
    let done = upload(client, input, options, true).await?;
    let key = done.key.ok_or_else(|| Error::new(ErrorKind::File, "the upload was not encrypted"))?;
    let size = i64::try_from(done.size).unwrap_or(i64::MAX);
    let (id, parts, md5_checksum) = (done.file_id, done.plan.parts, done.md5_checksum);
    let source = match done.plan.big {
        true => FileSource::Big { id, parts },
        false => FileSource::Uploaded { id, parts, md5_checksum },
    };
    Ok(UploadedFile { source, key, size })
}

/// An upload that is complete.
struct Done {
    file_id: i64,
    plan: UploadPlan,
    md5_checksum: String,
    key: Option<FileKey>,
    size: u64,
}

async fn upload(
    client: &Client,
    input: &mut FileInput,
    options: &Options,
    encrypt: bool,
) -> Result<Done, Error> {
    if input.size().await?.is_none() {
        if options.keeps_state() {
            let message =
                "an upload of unknown length cannot be continued: give the size, or keep no state of it";
            return Err(Error::new(ErrorKind::Argument, message));
        }
        return run(client, input.open().await?, options, encrypt, None).await.map_err(Failure::into);
    }
    if let Some(state) = options.resume.clone() {
        return run(client, input.open().await?, options, encrypt, Some(state)).await.map_err(Failure::into);
    }
    let stored = match &options.state_file {
        Some(path) => fs::read(path).await.ok().map(Zeroizing::new),
        None => None,
    };
    // A state that is of no use means a new beginning.
    let state = stored.and_then(|bytes| UploadState::from_bytes(&bytes).ok());
    let resumed = state.is_some();
    let opened = input.open().await?;
    let state = state.filter(|state| Some(state.size) == opened.size && state.key.is_some() == encrypt);
    match run(client, opened, options, encrypt, state).await {
        Err(Failure::Changed) if resumed && input.is_repeatable() => {
            run(client, input.open().await?, options, encrypt, None).await
        }
        result => result,
    }
    .map_err(Failure::into)
}

/// The upload is complete, or never will be: its state has no use any more.
pub(crate) async fn forget_state(options: &Options) {
    if let Some(path) = &options.state_file {
        drop(fs::remove_file(path).await);
    }
}

enum Failure {
    /// It is not the file that the state is about.
    Changed,
    Other(Error),
}

impl From<Failure> for Error {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Changed => Self::new(
                ErrorKind::File,
                "the file has changed since its upload began: start the upload anew",
            ),
            Failure::Other(error) => error,
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Other(error)
    }
}

async fn run(
    client: &Client,
    opened: Opened,
    options: &Options,
    encrypt: bool,
    resume: Option<UploadState>,
) -> Result<Done, Failure> {
    let opened = opened.measured().await?;
    let plan = plan(opened.size, encrypt)?;
    let mut rng = client.inner.config.randomness.generator()?;
    let state = match resume {
        Some(state) if Some(state.size) != opened.size || state.key.is_some() != encrypt => {
            return Err(Failure::Changed);
        }
        Some(state) => state,
        None => fresh(opened.size.unwrap_or(0), encrypt, &mut rng),
    };
    // Of small files the server wants it; by it a file that is continued is known to be the same.
    let needs_md5 = !plan.big || !encrypt && options.keeps_state();
    let mut content = Content::new(&state, opened, plan.part_len, options.max_size, needs_md5, rng);
    let net = Arc::new(Mutex::new(client.inner.net.clone()));
    let mut parts = Parts { client, net, plan, options, state, arrived: BTreeSet::new() };
    let mut running = FuturesUnordered::new();
    parts.tell_progress();
    let mut number = 0;
    loop {
        let part = {
            let mut next = std::pin::pin!(content.next());
            // What is read may come slowly: parts arrive, wait and fail meanwhile.
            loop {
                tokio::select! {
                    part = &mut next => break part?,
                    Some((number, answer)) = running.next() => parts.arrived(number, answer)?,
                }
            }
        };
        let Some(Part { bytes, total }) = part else { break };
        if parts.check(number, content.mark())? {
            if let Some(total) = total {
                parts.measured(total)?;
            }
            // Before it leaves: a crash in between must not let another content have the key.
            parts.keep().await?;
            running.push(parts.send(number, bytes)?);
        }
        while running.len() >= limits::PARTS_AT_ONCE || parts.ahead(number) >= limits::MAX_PARTS_AHEAD {
            let Some((number, answer)) = running.next().await else { break };
            parts.arrived(number, answer)?;
        }
        number += 1;
    }
    content.end().await?;
    while let Some((number, answer)) = running.next().await {
        parts.arrived(number, answer)?;
    }
    let Parts { plan, state: UploadState { file_id, key, .. }, .. } = parts;
    Ok(Done { file_id, plan, md5_checksum: content.md5_checksum(), key, size: content.read() })
}

/// How the file goes up. One of unknown length goes as a big one: that is the way on which the number of parts may be
/// told with the last of them.
fn plan(size: Option<u64>, encrypt: bool) -> Result<UploadPlan, Error> {
    let Some(size) = size else {
        return Ok(UploadPlan {
            part_len: secret_limits::FILE_PART_LEN,
            parts: UNKNOWN,
            big: true,
            encrypted_len: 0,
        });
    };
    let size = i64::try_from(size).unwrap_or(i64::MAX);
    let plan = if encrypt { UploadPlan::new(size) } else { UploadPlan::for_len(size) };
    plan.map_err(|error| Error::with_source(ErrorKind::File, error.to_string(), error))
}

fn fresh(size: u64, encrypt: bool, rng: &mut StdRng) -> UploadState {
    let key = encrypt.then(|| FileKey::generate(rng));
    let mut padding = [0; 16];
    rng.fill_bytes(&mut padding);
    let mut state = UploadState {
        file_id: rng.next_u64() as i64,
        size,
        key,
        padding,
        acknowledged: 0,
        marks: Vec::new(),
    };
    let mark = mark(state.key.as_ref().map(FileEncryption::new).as_ref(), Some(&Md5::new()));
    state.marks.push(mark);
    state
}

/// Which parts are where.
struct Parts<'a> {
    client: &'a Client,
    /// Where parts go: to the account's own data centre, unless the server sends us to another.
    net: Arc<Mutex<NetHandle>>,
    plan: UploadPlan,
    options: &'a Options,
    state: UploadState,
    /// Parts that the server has, after a gap.
    arrived: BTreeSet<u32>,
}

impl Parts<'_> {
    /// Compares the file with what the state remembers, or remembers it. `false` if the server has this part.
    fn check(&mut self, number: u32, mark: Zeroizing<[u8; 32]>) -> Result<bool, Failure> {
        let Some(at) = (number + 1).checked_sub(self.state.acknowledged) else { return Ok(false) };
        match self.state.marks.get(at as usize) {
            Some(known) if *known != mark => return Err(Failure::Changed),
            Some(_) => {}
            None => self.state.marks.push(mark),
        }
        Ok(at > 0)
    }

    async fn keep(&self) -> Result<(), Error> {
        if let Some(keep) = &self.options.checkpoint {
            keep(&self.state);
        }
        match &self.options.state_file {
            Some(path) => {
                let (path, state) = (path.clone(), self.state.to_bytes());
                super::disk::blocking(move || super::disk::replace(&path, &state)).await
            }
            None => Ok(()),
        }
    }

    fn send(
        &self,
        number: u32,
        bytes: Vec<u8>,
    ) -> Result<impl Future<Output = (u32, Result<bool, Error>)> + use<>, Error> {
        let file_part = i32::try_from(number).map_err(|_| too_many_parts())?;
        let (file_id, file_total_parts) = (self.state.file_id, self.plan.parts);
        // The same part twice is one part. Nothing is compressed: films and ciphertext do not shrink.
        let body = match self.plan.big {
            true => {
                functions::upload::SaveBigFilePart { file_id, file_part, file_total_parts, bytes }.to_bytes()
            }
            false => functions::upload::SaveFilePart { file_id, file_part, bytes }.to_bytes(),
        };
        let body = Arc::new(body.map_err(InvokeError::from)?);
        let (client, place) = (self.client.clone(), Arc::clone(&self.net));
        // It leaves now, not when it is waited for.
        let first = save(&client, &place, &body);
        Ok(async move { (number, follow(&client, &place, body, first).await) })
    }

    /// How many parts are between this one and the first that the server may not have.
    fn ahead(&self, number: u32) -> usize {
        (number + 1).saturating_sub(self.state.acknowledged) as usize
    }

    fn arrived(&mut self, number: u32, answer: Result<bool, Error>) -> Result<(), Error> {
        if !answer? {
            let message = format!("the server did not take part {number} of the file: try again");
            return Err(Error::new(ErrorKind::File, message));
        }
        self.arrived.insert(number);
        while self.arrived.remove(&self.state.acknowledged) {
            self.state.acknowledged += 1;
            self.state.marks.remove(0);
        }
        self.tell_progress();
        Ok(())
    }

    /// The last part of a file of unknown length is there: all parts together are so long.
    fn measured(&mut self, total: u64) -> Result<(), Error> {
        if self.plan.parts == UNKNOWN {
            let parts = total.div_ceil(self.plan.part_len as u64);
            self.plan.parts = i32::try_from(parts).map_err(|_| too_many_parts())?;
            self.plan.encrypted_len = i64::try_from(total).map_err(|_| too_many_parts())?;
        }
        Ok(())
    }

    fn tell_progress(&self) {
        let parts = u64::from(self.state.acknowledged) + self.arrived.len() as u64;
        let done = parts * self.plan.part_len as u64;
        match self.plan.parts {
            UNKNOWN => self.options.progress.tell(done, None),
            _ => {
                let total = self.plan.encrypted_len.unsigned_abs();
                self.options.progress.tell(done.min(total), Some(total));
            }
        }
    }
}

fn save(client: &Client, place: &Mutex<NetHandle>, body: &Arc<Vec<u8>>) -> Call<bool> {
    let options = InvokeOptions { repeatable: true, ..InvokeOptions::default() };
    let net = place.lock().unwrap_or_else(PoisonError::into_inner).clone();
    Call::start(&net, Arc::clone(body), options, client.policy()).decoded()
}

/// Sends a part again, and all later ones, where the server says that they belong.
async fn follow(
    client: &Client,
    place: &Mutex<NetHandle>,
    body: Arc<Vec<u8>>,
    first: Call<bool>,
) -> Result<bool, Error> {
    let mut answer = first.await;
    for _ in 0..limits::MAX_MIGRATIONS {
        let Err(error) = &answer else { break };
        let now = place.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let net = match error.rpc().and_then(chappe_mtproto::rpc::RpcError::redirect_to) {
            Some(dc_id) => client.data_centre(dc_id).await?,
            None => match client.again_at(&now, error) {
                Some(net) => net.await?,
                None => break,
            },
        };
        *place.lock().unwrap_or_else(PoisonError::into_inner) = net;
        answer = save(client, place, &body).await;
    }
    Ok(answer?)
}

/// The number of parts while nobody knows it.
const UNKNOWN: i32 = -1;

fn too_many_parts() -> Error {
    Error::new(ErrorKind::File, "the file has too many parts")
}
