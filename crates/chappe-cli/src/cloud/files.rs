//! `chappe upload` and `chappe download`, and the same for the screen.

use std::path::{Path, PathBuf};

use chappe::files::{CloudFile, FileInput, Progress, jpeg_size};
use chappe::media::Attachment;
use chappe::secret::FormattedText;
use chappe::{Client, Message, Peer};

use super::media::shown;
use super::{show, with_peer};
use crate::cli::{DownloadArgs, UploadArgs};
use crate::failure::Failure;
use crate::fetch::Destination;
use crate::transfer::Bar;
use crate::view;

/// Enough of a file to see whether it is a picture.
const HEAD_LEN: usize = 64 << 10;

/// A larger picture goes as a file.
const MAX_PHOTO_LEN: u64 = 10 << 20;

/// A file to send.
pub(crate) struct Upload {
    /// `-` is standard input.
    pub(crate) path: PathBuf,
    pub(crate) name: Option<String>,
    pub(crate) caption: FormattedText,
    /// As a file, also if it is a picture.
    pub(crate) document: bool,
    pub(crate) reply_to: Option<i32>,
    pub(crate) silent: bool,
}

/// Sends files.
pub(crate) async fn upload(args: UploadArgs) -> Result<(), Failure> {
    let mut caption = args.markup.markup().read(args.caption.unwrap_or_default(), "caption")?;
    if args.files.iter().filter(|file| file.as_os_str() == "-").count() > 1 {
        return Err(Failure::usage("standard input can be sent once"));
    }
    // Nothing is sent if one of them cannot be.
    args.files.iter().filter(|file| file.as_os_str() != "-").try_for_each(|file| is_file(file))?;
    with_peer(&args.peer, async |client, peer| {
        for path in args.files {
            let bar = Bar::new(&args.peer.client, path.display().to_string());
            let upload = Upload {
                path,
                name: args.name.clone(),
                caption: std::mem::take(&mut caption),
                document: args.document,
                reply_to: args.reply,
                silent: args.silent,
            };
            let sent = upload.send(client, &peer, bar.listener()).await?;
            drop(bar);
            show::print(&args.peer.client, view::cloud::message(&sent), || {
                format!("Sent as {}.", sent.id())
            })?;
        }
        Ok(())
    })
    .await
}

impl Upload {
    /// Sends it.
    pub(crate) async fn send(
        self,
        client: &Client,
        peer: &Peer,
        progress: impl Fn(Progress) + Send + Sync + 'static,
    ) -> Result<Message, Failure> {
        let stdin = self.path.as_os_str() == "-";
        let name = self.name.or_else(|| Some(self.path.file_name()?.to_string_lossy().into_owned()));
        let name = name.filter(|name| name != "-").unwrap_or_else(|| "file".to_owned());
        let photo = !self.document && !stdin && is_photo(&self.path)?;
        let input = match stdin {
            true => FileInput::stream(tokio::io::stdin()),
            false => FileInput::path(&self.path),
        };
        let shown = self.path.display().to_string();
        let failed = |error: chappe::Error| Failure::from(error).context(&shown);
        let attachment = match photo {
            true => Attachment::photo(input.named(&name)),
            false => Attachment::document(input.named(&name)),
        };
        let media = client.upload_media(attachment.named(name).progress(progress)).await.map_err(failed)?;
        let mut sending = client.send(peer, self.caption).media(media);
        if let Some(message) = self.reply_to {
            sending = sending.reply_to(message);
        }
        if self.silent {
            sending = sending.silent();
        }
        Ok(sending.await?)
    }
}

fn is_file(path: &Path) -> Result<(), Failure> {
    match std::fs::metadata(path) {
        Ok(facts) if facts.is_file() => Ok(()),
        Ok(_) => Err(Failure::usage(format!("{}: this is not a file", path.display()))),
        Err(error) => Err(Failure::usage(format!("{}: {error}", path.display()))),
    }
}

/// Whether it is a JPEG that may go as a photo.
fn is_photo(path: &Path) -> Result<bool, Failure> {
    use std::io::Read;
    let refused = |error: std::io::Error| Failure::usage(format!("{}: {error}", path.display()));
    is_file(path)?;
    let file = std::fs::File::open(path).map_err(refused)?;
    let mut head = Vec::new();
    let size = file.metadata().map_err(refused)?.len();
    file.take(HEAD_LEN as u64).read_to_end(&mut head).map_err(refused)?;
    Ok(size <= MAX_PHOTO_LEN && jpeg_size(&head).is_some())
}

/// Fetches the file of a message.
pub(crate) async fn download(args: DownloadArgs) -> Result<(), Failure> {
    let destination = Destination { path: args.path, overwrite: args.force };
    destination.check()?;
    with_peer(&args.peer, async |client, peer| {
        let message = message(client, &peer, args.message).await?;
        let bar = Bar::new(&args.peer.client, args.message.to_string());
        let (path, size) = fetch(client, &message, destination, bar.listener()).await?;
        drop(bar);
        show::print(&args.peer.client, view::downloaded(&path, size), || {
            format!("{}: {size} bytes.", path.display())
        })
    })
    .await
}

/// A message by its number.
pub(crate) async fn message(client: &Client, peer: &Peer, id: i32) -> Result<Message, Failure> {
    let found = client.messages_by_id(peer, [id]).await?.pop().flatten();
    found.ok_or_else(|| Failure::field("message", "there is none with this number"))
}

/// Fetches the file of a message. Gives the path and the size.
pub(crate) async fn fetch(
    client: &Client,
    message: &Message,
    destination: Destination,
    progress: impl Fn(Progress) + Send + Sync + 'static,
) -> Result<(PathBuf, u64), Failure> {
    let none = || Failure::field("message", "it has no file");
    let media = message.media().ok_or_else(none)?;
    CloudFile::of_media(media).ok_or_else(none)?;
    let name = shown(media).and_then(|shown| shown.name).map(|name| safe(&name));
    let path = destination.choose(name.as_deref(), message.id())?;
    let size = client.download(message).progress(progress).to_path(&path).await?;
    Ok((path, size))
}

/// The name that a message claims, without paths and what would command a terminal.
fn safe(name: &str) -> String {
    let name = crate::printable::clean_line(name).replace(['/', '\\', '\u{fffd}'], "_");
    match name.trim_start_matches('.').trim() {
        "" => "file".to_owned(),
        name => name.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_leads_nowhere_else() {
        assert_eq!(safe("../../.ssh/authorized_keys"), "_.._.ssh_authorized_keys");
        assert_eq!(safe("a\u{1b}[2J\nb.txt"), "a_[2J b.txt");
        assert_eq!([safe(".."), safe("")], ["file", "file"]);
    }
}
