//! Sends a file of any length that exists nowhere, fetches it again, and says what that took: time, and the memory of this
//! process at the most.
//!
//! ```sh
//! cargo run --release -p chappe --example large_file -- MIB HOST:PORT KEY.pem
//! ```
//!
//! The server is a `chappe serve`. The file is made while it goes up, as if nobody knew its length, and compared with what
//! would have to come while it comes down. `cargo xtask bench large-file` holds that memory stays what it is.

#![allow(clippy::print_stdout, reason = "an example talks to its reader")]

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Instant;

use chappe::files::FileInput;
use chappe::media::Attachment;
use chappe::{Address, Client, DataCentres, RsaPublicKey, SignIn};
use tokio::io::{AsyncRead, ReadBuf};

type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

#[tokio::main]
pub(crate) async fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let [mib, address, key] = &arguments[..] else { return Err("large_file MIB HOST:PORT KEY.pem".into()) };
    let key = RsaPublicKey::from_pem(&std::fs::read_to_string(key)?)?;
    let centres = DataCentres::single(address.parse::<Address>()?, 2, key);
    let client = Client::builder(4242, "hash").data_centres(centres).connect().await?;
    let token = client.request_login_code("+9996621235").await?;
    if let SignIn::SignUpRequired { .. } = client.sign_in(&token, "22222").await? {
        client.sign_up(&token, "Large", "").await?;
    }
    let len = mib.parse::<u64>()? << 20;
    let start = memory("VmRSS")?;
    let began = Instant::now();
    let document = Attachment::document(FileInput::stream(Film { at: 0, len }).named("film.mp4"));
    let media = client.upload_media(document).await?;
    let me = client.resolve("me").await?;
    let message = client.send(&me, "").media(media).await?;
    let (up, most_up) = (began.elapsed().as_secs_f64(), memory("VmHWM")?);
    let began = Instant::now();
    let mut chunks = client.download(&message).chunks();
    let mut at = 0;
    while let Some(chunk) = chunks.next().await? {
        let mut wanted = vec![0; chunk.len()];
        fill(at, &mut wanted);
        if chunk != wanted {
            return Err(format!("what came is not what went, behind byte {at}").into());
        }
        at += chunk.len() as u64;
    }
    if at != len {
        return Err(format!("{at} bytes came of {len}").into());
    }
    let (down, most) = (began.elapsed().as_secs_f64(), memory("VmHWM")?);
    println!("{{\"start\":{start},\"up\":{up:.1},\"most_up\":{most_up},\"down\":{down:.1},\"most\":{most}}}");
    Ok(client.disconnect().await?)
}

/// Bytes that are made when they are read.
struct Film {
    at: u64,
    len: u64,
}

impl AsyncRead for Film {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let len = (self.len - self.at).min(buffer.remaining() as u64);
        fill(self.at, buffer.initialize_unfilled_to(len as usize));
        buffer.advance(len as usize);
        self.at += len;
        Poll::Ready(Ok(()))
    }
}

/// The bytes of the film from a place on: different everywhere.
fn fill(at: u64, bytes: &mut [u8]) {
    let skip = (at % 8) as usize;
    let words =
        (at / 8..).flat_map(|word| word.wrapping_mul(0x9e37_79b9_7f4a_7c15).rotate_left(29).to_le_bytes());
    bytes.iter_mut().zip(words.skip(skip)).for_each(|(byte, made)| *byte = made);
}

/// What the system says of this process, in bytes. Linux only.
fn memory(name: &str) -> Result<u64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix(name)).ok_or("the system does not say it")?;
    let kib: u64 = line.trim_start_matches(':').trim().trim_end_matches(" kB").parse()?;
    Ok(kib << 10)
}
