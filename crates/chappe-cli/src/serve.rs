//! `chappe serve`.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;

use chappe_control::{Control, ControlBuilder, FileError, Known, Ready, WorldFile};
use chappe_server::{Server, ServerBuilder, Snapshot};

use crate::cli::ServeArgs;
use crate::failure::Failure;
use crate::{interrupt, output};

/// Runs the server until it is interrupted or asked to stop.
pub(crate) async fn run(args: ServeArgs) -> Result<(), Failure> {
    // From the start: whoever reads that it is ready may ask it to end at once.
    let interrupted = interrupt::interrupted()?;
    let world = args.world.as_deref().map(read_world).transpose()?;
    let server = Arc::new(builder(&args, world.as_ref())?.spawn().await?);
    let known = match &world {
        Some(world) => world.populate(&server).await.map_err(file_error)?,
        None => Known::default(),
    };
    let control = match args.control {
        Some(address) => Some(control(&args, address, known.clone()).spawn(Arc::clone(&server)).await?),
        None => None,
    };
    if let Some(path) = &args.public_key {
        std::fs::write(path, server.public_key_pem())
            .map_err(|error| Failure::usage(format!("{} cannot be written: {error}", path.display())))?;
    }
    let ready = match &control {
        Some(control) => control.ready().await?,
        None => Ready::of(&server, &known).await?,
    };
    if args.print_json.unwrap_or_default() {
        output::line(serde_json::to_string(&ready)?)?;
    } else {
        print(&ready)?;
    }
    match &control {
        Some(control) => tokio::select! {
            () = interrupted => {}
            () = control.stop_asked() => {}
        },
        None => interrupted.await,
    }
    if let Some(control) = control {
        control.shutdown().await;
    }
    server.stop().await;
    Ok(())
}

fn control(args: &ServeArgs, address: SocketAddr, known: Known) -> ControlBuilder {
    let builder = Control::builder().listen(address).known(known);
    let builder = builder.remote(args.control_remote.unwrap_or_default());
    match &args.control_token {
        Some(token) => builder.token(token),
        None => builder,
    }
}

/// A world file, or what comes from standard input.
fn read_world(path: &Path) -> Result<WorldFile, Failure> {
    if path != Path::new("-") {
        return WorldFile::read(path).map_err(file_error);
    }
    let text = std::io::read_to_string(std::io::stdin())
        .map_err(|error| Failure::usage(format!("standard input cannot be read: {error}")))?;
    WorldFile::parse("world", &text).map_err(file_error)
}

fn file_error(error: FileError) -> Failure {
    Failure::usage(error.to_string())
}

/// What the arguments say goes before what the world file says.
fn builder(args: &ServeArgs, world: Option<&WorldFile>) -> Result<ServerBuilder, Failure> {
    let log_codes = args.log_codes.unwrap_or(args.control.is_none());
    let mut builder = Server::builder().log_codes(log_codes);
    if let Some(world) = world {
        builder = world.configure(builder);
    }
    if let Some(listen) = args.listen {
        builder = builder.listen(listen);
    }
    if let Some(dc) = args.dc {
        builder = builder.dc_id(dc);
    }
    if let Some(count) = args.data_centres {
        builder = builder.data_centres(count);
    }
    if args.test_key.unwrap_or_default() {
        builder = builder.test_key();
    }
    if let Some(key) = &args.key {
        builder = builder.rsa_key_file(key);
    }
    if let Some(strict) = args.strict {
        builder = builder.strict(strict);
    }
    if let Some(limit) = args.connections_per_address {
        builder = builder.connections_per_address(limit);
    }
    for limit in &args.flood_limit {
        builder = limit.limit(builder);
    }
    if let Some(rate) = args.codes_per_number {
        builder = rate.limit_codes_per_number(builder);
    }
    if let Some(rate) = args.codes_per_device {
        builder = rate.limit_codes_per_device(builder);
    }
    if let Some(required) = args.require_login_email {
        builder = builder.require_login_email(required);
    }
    if let Some(messages) = args.messages_per_day {
        builder = builder.messages_per_day(messages);
    }
    if let Some(bytes) = args.file_space {
        builder = builder.file_space(bytes);
    }
    for home in &args.home {
        builder = home.set(builder);
    }
    if let Some(data) = &args.data {
        builder = builder.data_dir(data);
    }
    if let Some(database) = &args.database {
        builder = builder.database(database);
    }
    if let Some(blobs) = &args.blobs {
        builder = builder.blobs(blobs);
    }
    if let Some(bus) = &args.bus {
        builder = builder.bus(bus);
    }
    if let Some(path) = &args.snapshot {
        builder = builder.fork(&snapshot(path)?);
    }
    if let Some(seed) = args.seed {
        builder = builder.seed(seed);
    }
    Ok(builder)
}

fn snapshot(path: &Path) -> Result<Snapshot, Failure> {
    let wrong = |error: &dyn std::fmt::Display| Failure::usage(format!("{}: {error}", path.display()));
    let bytes = std::fs::read(path).map_err(|error| wrong(&format!("it cannot be read: {error}")))?;
    Snapshot::from_bytes(&bytes).map_err(|error| wrong(&error))
}

/// Says for people where the server is.
fn print(ready: &Ready) -> Result<(), Failure> {
    for centre in &ready.data_centres {
        output::line(format_args!("Listening on {}, data centre {}.", centre.address, centre.id))?;
    }
    output::line(format_args!("Clients need this key (fingerprint {}):\n", ready.fingerprint))?;
    output::line(ready.public_key.trim_end())?;
    if !ready.accounts.is_empty() {
        output::line("\nThe accounts that are there:")?;
    }
    for account in &ready.accounts {
        let login = account.phone.as_deref().unwrap_or("a bot");
        output::line(format_args!("  {:<16} {login}", account.name))?;
    }
    if let Some(control) = &ready.control {
        output::line(format_args!("\nControl: {}\n  Token: {}", control.url, control.token))?;
        output::line(format_args!("  Page, for one visit: {}", control.page))?;
    }
    output::line("\nNumbers 99966XYYYY log in with the code XXXXX. Ctrl-C stops the server.")
}
