//! `chappe serve`.

use chappe_server::{DataCentre, Server};

use crate::cli::ServeArgs;
use crate::failure::Failure;
use crate::{interrupt, output};

/// Runs the server until it is interrupted.
pub(crate) async fn run(args: ServeArgs) -> Result<(), Failure> {
    let mut builder = Server::builder().listen(args.listen).dc_id(args.dc);
    if let Some(count) = args.data_centres {
        builder = builder.data_centres(count);
    }
    if let Some(key) = args.key {
        builder = builder.rsa_key_file(key);
    }
    if let Some(data) = args.data {
        builder = builder.data_dir(data);
    }
    if let Some(database) = args.database {
        builder = builder.database(database);
    }
    let server = builder.spawn().await?;
    if let Some(path) = args.public_key {
        std::fs::write(&path, server.public_key_pem())
            .map_err(|error| Failure::usage(format!("{} cannot be written: {error}", path.display())))?;
    }
    if args.print_json {
        let centre = |centre: &DataCentre| serde_json::json!({ "id": centre.id, "address": centre.address.to_string() });
        output::line(serde_json::json!({
            "data_centres": server.data_centres().iter().map(centre).collect::<Vec<_>>(),
            "address": server.address().to_string(),
            "dc_id": server.dc_id(),
            "public_key": server.public_key_pem(),
            "fingerprint": format!("{:016x}", server.fingerprint()),
        }))?;
    } else {
        for centre in server.data_centres() {
            output::line(format_args!("Listening on {}, data centre {}.", centre.address, centre.id))?;
        }
        output::line(format_args!("Clients need this key (fingerprint {:016x}):\n", server.fingerprint()))?;
        output::line(server.public_key_pem().trim_end())?;
        output::line("\nNumbers 99966XYYYY log in with the code XXXXX. Ctrl-C stops the server.")?;
    }
    interrupt::interrupted().await?;
    server.shutdown().await;
    Ok(())
}
