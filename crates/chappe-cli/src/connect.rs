//! From the arguments that every client command takes to a connected client.

use std::env::VarError;

use chappe::session::SessionError;
use chappe::{Address, Client, DataCentres, SqliteSession, Tls};
use chappe_crypto::rsa::RsaPublicKey;
use zeroize::Zeroizing;

use crate::cli::ClientArgs;
use crate::failure::{Failure, Kind};
use crate::interrupt;

/// What a Chappe server is told of the application, which does not matter to it.
const ANY_ID: i32 = 4242;
const ANY_HASH: &str = "0123456789abcdef0123456789abcdef";

/// How a session is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Opening {
    /// To work with it.
    Use,
    /// To look at it, whatever its state.
    Read,
    /// To work with it, also if it is an older copy, whose chats are closed then.
    Restored,
}

/// Opens the session.
pub(crate) async fn session(args: &ClientArgs, opening: Opening) -> Result<SqliteSession, Failure> {
    let (path, passphrase) = (&args.session, passphrase(args)?);
    let passphrase = passphrase.as_ref().map(|passphrase| passphrase.as_str());
    let opened = match (opening, passphrase) {
        (Opening::Read, passphrase) => SqliteSession::open_read_only(path, passphrase).await,
        (_, Some(passphrase)) => SqliteSession::open_encrypted(path, passphrase).await,
        (_, None) => SqliteSession::open(path).await,
    };
    let opened = match opened {
        // Only then: this is what marks the chats to be closed.
        Err(SessionError::Restored { .. }) if opening == Opening::Restored => {
            SqliteSession::open_restored(path, passphrase).await
        }
        opened => opened,
    };
    opened.map_err(|error| {
        let hint = match error {
            SessionError::PassphraseNeeded { .. } => " (--passphrase-file or CHAPPE_PASSPHRASE)",
            SessionError::Restored { .. } => {
                " (`chappe secret export` reads it, `chappe secret close-restored` ends its chats)"
            }
            _ => "",
        };
        let failure = Failure::from(error).context(format_args!("session {}", path.display()));
        if hint.is_empty() { failure } else { failure.with_hint(hint) }
    })
}

/// Opens the session and connects.
pub(crate) async fn client(args: &ClientArgs, opening: Opening) -> Result<Client, Failure> {
    let data_centres = data_centres(args).await?;
    let (api_id, api_hash) = application(args)?;
    let session = session(args, opening).await?;
    let client = Client::builder(api_id, api_hash)
        .session(session)
        .data_centres(data_centres)
        .websocket(args.websocket)
        .tls(tls(args)?);
    let server = args.server.as_deref().unwrap_or("Telegram");
    client
        .connect()
        .await
        .map_err(|error| Failure::from(error).context(format_args!("connecting to {server}")))
}

/// TLS for WebSockets: as usual, or by the certificates that are given.
fn tls(args: &ClientArgs) -> Result<Tls, Failure> {
    let Some(path) = &args.tls_roots else { return Ok(Tls::default()) };
    let refused =
        |why: &dyn std::fmt::Display| Failure::usage(format!("--tls-roots {}: {why}", path.display()));
    let pem = std::fs::read_to_string(path).map_err(|error| refused(&error))?;
    Tls::always().with_roots(&pem).map_err(|error| refused(&error))
}

/// Number and hash of the application: for Telegram itself they have to be one's own.
fn application(args: &ClientArgs) -> Result<(i32, &str), Failure> {
    match (args.api_id, args.api_hash.as_deref()) {
        (Some(id), Some(hash)) => Ok((id, hash)),
        (id, hash) if args.server.is_some() => Ok((id.unwrap_or(ANY_ID), hash.unwrap_or(ANY_HASH))),
        _ => Err(Failure::usage(
            "Telegram wants to know the application: register one at https://my.telegram.org and give --api-id and \
             --api-hash, or CHAPPE_API_ID and CHAPPE_API_HASH (or --server, for a Chappe server)",
        )),
    }
}

/// The first line of the file, or what the environment says.
fn passphrase(args: &ClientArgs) -> Result<Option<Zeroizing<String>>, Failure> {
    let Some(path) = &args.passphrase_file else {
        return match std::env::var("CHAPPE_PASSPHRASE") {
            Ok(passphrase) if passphrase.is_empty() => Ok(None),
            Ok(passphrase) => Ok(Some(Zeroizing::new(passphrase))),
            Err(VarError::NotPresent) => Ok(None),
            Err(VarError::NotUnicode(_)) => Err(Failure::usage("CHAPPE_PASSPHRASE is no text")),
        };
    };
    let refused = |why: &dyn std::fmt::Display| {
        Failure::usage(format!("the passphrase file {}: {why}", path.display()))
    };
    let text = Zeroizing::new(std::fs::read_to_string(path).map_err(|error| refused(&error))?);
    match text.lines().next() {
        Some(line) if !line.is_empty() => Ok(Some(Zeroizing::new(line.to_owned()))),
        _ => Err(refused(&"its first line is empty")),
    }
}

/// Connects, does the work, and closes the session whatever came of it, Ctrl-C included.
pub(crate) async fn with_client<T>(
    args: &ClientArgs,
    work: impl AsyncFnOnce(&Client) -> Result<T, Failure>,
) -> Result<T, Failure> {
    with_client_of(args, Opening::Use, work).await
}

/// As [`with_client`], with a session that is opened in another way.
pub(crate) async fn with_client_of<T>(
    args: &ClientArgs,
    opening: Opening,
    work: impl AsyncFnOnce(&Client) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let client = tokio::select! {
        client = client(args, opening) => client?,
        failure = interrupt::failure() => return Err(failure),
    };
    let outcome = tokio::select! {
        outcome = work(&client) => outcome,
        failure = interrupt::failure() => Err(failure),
    };
    let closed = client.disconnect().await;
    let result = outcome?;
    closed?;
    Ok(result)
}

/// As [`with_client`], for a session in which somebody is logged in.
pub(crate) async fn with_authorized<T>(
    args: &ClientArgs,
    work: impl AsyncFnOnce(&Client) -> Result<T, Failure>,
) -> Result<T, Failure> {
    with_client(args, async |client| {
        if !client.is_authorized().await? {
            let session = args.session.display();
            let message = format!("nobody is logged in with session {session}: run `chappe login`");
            return Err(Failure::of(Kind::LoggedOut, message));
        }
        work(client).await
    })
    .await
}

async fn data_centres(args: &ClientArgs) -> Result<DataCentres, Failure> {
    let (Some(server), Some(path)) = (&args.server, &args.server_key) else {
        return Ok(DataCentres::production());
    };
    let shown = path.display();
    let pem = std::fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("the key file {shown} cannot be read: {error}")))?;
    let key = RsaPublicKey::from_pem(&pem)
        .map_err(|error| Failure::usage(format!("{shown} holds no usable RSA public key: {error}")))?;
    let refused = |why: &dyn std::fmt::Display| Failure::usage(format!("--server {server}: {why}"));
    let address = if args.websocket {
        // A certificate is one for the name.
        server.parse::<Address>().map_err(|error| refused(&error))?
    } else {
        let mut addresses = tokio::net::lookup_host(server)
            .await
            .map_err(|error| refused(&format_args!("{error}; write it as HOST:PORT")))?;
        addresses.next().ok_or_else(|| refused(&"the name has no address"))?.into()
    };
    let mut centres = DataCentres::single(address, args.server_dc, key);
    for other in &args.other_centres {
        let refused = || Failure::usage(format!("--data-centre {other}: write it as N=HOST:PORT"));
        let (id, address) = other.split_once('=').ok_or_else(refused)?;
        let id = id.parse().ok().filter(|id| *id > 0).ok_or_else(refused)?;
        centres = centres.with_centre(id, address.parse::<Address>().map_err(|_| refused())?);
    }
    Ok(centres)
}
