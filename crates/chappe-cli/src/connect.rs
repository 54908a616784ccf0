//! From the arguments that every client command takes to a connected client.

use chappe::{Client, DataCentres, SqliteSession};
use chappe_crypto::rsa::RsaPublicKey;

use crate::cli::ClientArgs;
use crate::failure::Failure;
use crate::interrupt;

/// Opens the session and connects.
pub(crate) async fn client(args: &ClientArgs) -> Result<Client, Failure> {
    let data_centres = data_centres(args).await?;
    let session = SqliteSession::open(&args.session)
        .await
        .map_err(|error| Failure::from(error).context(format_args!("session {}", args.session.display())))?;
    let client = Client::builder(args.api_id, &args.api_hash).session(session).data_centres(data_centres);
    let server = args.server.as_deref().unwrap_or("Telegram");
    client
        .connect()
        .await
        .map_err(|error| Failure::from(error).context(format_args!("connecting to {server}")))
}

/// Connects, does the work, and closes the session whatever came of it, Ctrl-C included.
pub(crate) async fn with_client<T>(
    args: &ClientArgs,
    work: impl AsyncFnOnce(&Client) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let client = tokio::select! {
        client = client(args) => client?,
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

async fn data_centres(args: &ClientArgs) -> Result<DataCentres, Failure> {
    let (Some(server), Some(path)) = (&args.server, &args.server_key) else {
        return Ok(DataCentres::production());
    };
    let shown = path.display();
    let pem = std::fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("the key file {shown} cannot be read: {error}")))?;
    let key = RsaPublicKey::from_pem(&pem)
        .map_err(|error| Failure::usage(format!("{shown} holds no usable RSA public key: {error}")))?;
    let mut addresses = tokio::net::lookup_host(server)
        .await
        .map_err(|error| Failure::usage(format!("--server {server}: {error}; write it as HOST:PORT")))?;
    let address = addresses
        .next()
        .ok_or_else(|| Failure::usage(format!("--server {server}: the name has no address")))?;
    Ok(DataCentres::single(address, args.server_dc, key))
}
