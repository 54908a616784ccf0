//! `chappe serve`.

use chappe_server::Server;

use crate::cli::ServeArgs;
use crate::failure::Failure;
use crate::output;

/// Runs the server until it is interrupted.
pub(crate) async fn run(args: ServeArgs) -> Result<(), Failure> {
    let mut builder = Server::builder().listen(args.listen).dc_id(args.dc);
    if let Some(key) = args.key {
        builder = builder.rsa_key_file(key);
    }
    if let Some(data) = args.data {
        builder = builder.data_dir(data);
    }
    let server = builder.spawn().await?;
    if args.print_json {
        output::line(serde_json::json!({
            "address": server.address().to_string(),
            "dc_id": server.dc_id(),
            "public_key": server.public_key_pem(),
            "fingerprint": format!("{:016x}", server.fingerprint()),
        }))?;
    } else {
        output::line(format_args!("Listening on {}, data centre {}.", server.address(), server.dc_id()))?;
        output::line(format_args!("Clients need this key (fingerprint {:016x}):\n", server.fingerprint()))?;
        output::line(server.public_key_pem().trim_end())?;
        output::line("\nNumbers 99966XYYYY log in with the code XXXXX. Ctrl-C stops the server.")?;
    }
    interrupted().await?;
    server.shutdown().await;
    Ok(())
}

/// Waits for Ctrl-C or a polite request to end.
async fn interrupted() -> Result<(), Failure> {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        tokio::select! {
            outcome = tokio::signal::ctrl_c() => outcome?,
            _ = terminate.recv() => {}
        }
    }
    #[cfg(not(unix))]
    tokio::signal::ctrl_c().await?;
    Ok(())
}
