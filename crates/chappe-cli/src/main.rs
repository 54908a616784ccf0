//! `chappe`: Telegram in a terminal, with secret chats, and a Telegram server for tests.
//!
//! | file | what it does |
//! |---|---|
//! | `attachment` | files to send |
//! | `chat` | `chappe chat`: everything on a screen |
//! | `cli` | the arguments and the help |
//! | `cloud` | people, chats, messages and files that the server keeps |
//! | `connect` | from the arguments that every client command takes to a connected [`chappe::Client`] |
//! | `demo` | `chappe demo`: two people, one server, a secret chat |
//! | `docs` | `chappe docs`: the reference |
//! | `invoke` | `chappe invoke`: any method of the API by hand |
//! | `login` | `chappe login` |
//! | `man` | manual pages |
//! | `fetch` | files of messages to the disk |
//! | `interrupt` | Ctrl-C |
//! | `markup` | text with formatting |
//! | `people` | somebody by phone number, name or id |
//! | `picture` | key pictures in the terminal |
//! | `printable` | text of others, made safe for the terminal |
//! | `prompt` | questions in the terminal |
//! | `rpc` | `chappe rpc`: JSON-RPC for programs |
//! | `secret` | `chappe secret`: chats by hand |
//! | `serve` | `chappe serve` |
//! | `sessions` | the devices that are logged in |
//! | `transfer` | progress bars |
//! | `view` | chats, events and messages as JSON |
//! | `watch` | what happens, as it comes |
//! | `failure` | what a user sees when something fails, and the exit codes |

#![forbid(unsafe_code)]

mod attachment;
mod chat;
mod cli;
mod cloud;
mod connect;
mod demo;
mod docs;
mod failure;
mod fetch;
mod interrupt;
mod invoke;
mod login;
mod man;
mod markup;
mod output;
mod people;
mod picture;
mod printable;
mod prompt;
mod rpc;
mod secret;
mod serve;
mod sessions;
mod transfer;
mod view;
mod watch;

use std::process::ExitCode;

use clap::Parser;

use crate::cli::{Cli, Command, LogFormat};
use crate::failure::Failure;

fn main() -> ExitCode {
    // A wrong command line ends here, with code 2 and a usage line.
    let mut cli = Cli::parse();
    let mut log_format = LogFormat::Text;
    if let Command::Serve(args) = &mut cli.command {
        match std::mem::take(&mut **args).with_file() {
            Ok(complete) => **args = complete,
            Err(failure) => return failure.report(),
        }
        log_format = args.log_format.unwrap_or_default();
    }
    let started = match &cli.command {
        Command::Chat(args) => chat_log(cli.verbose, args.log.as_deref()),
        _ => {
            start_log(cli.verbose, log_format);
            Ok(())
        }
    };
    if let Err(failure) = started {
        return failure.report();
    }
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => return Failure::new(format!("no threads can be started: {error}")).report(),
    };
    let outcome = runtime.block_on(async {
        match cli.command {
            Command::Chat(args) => chat::run(args).await,
            Command::Completions(args) => completions(args.shell),
            Command::Contacts(args) => cloud::contacts(args).await,
            Command::Demo(args) => demo::run(args).await,
            Command::Dialogs(args) => cloud::dialogs(args).await,
            Command::Download(args) => cloud::download(args).await,
            Command::History(args) => cloud::history(args).await,
            Command::Docs(args) => docs::run(args).await,
            Command::Invoke(args) => invoke::run(args).await,
            Command::Login(args) => login::run(*args).await,
            Command::Logout(args) => login::log_out(args).await,
            Command::Man(args) => man::run(&args),
            Command::Me(args) => cloud::me(args).await,
            Command::Rpc(args) => rpc::run(args).await,
            Command::Secret(args) => secret::run(args.command).await,
            Command::Send(args) => cloud::send(args).await,
            Command::Serve(args) => serve::run(*args).await,
            Command::Sessions(args) => sessions::run(args).await,
            Command::Upload(args) => cloud::upload(args).await,
            Command::Watch(args) => watch::run(args).await,
        }
    });
    // A read of the terminal may still be waiting in a thread: nothing of ours depends on its end.
    runtime.shutdown_background();
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => failure.report(),
    }
}

fn completions(shell: clap_complete::Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut <Cli as clap::CommandFactory>::command(), "chappe", &mut script);
    output::line(String::from_utf8_lossy(&script).trim_end())
}

/// Logs go to standard error; `RUST_LOG` speaks when `-v` is not given.
fn start_log(verbose: u8, format: LogFormat) {
    let colour =
        std::io::IsTerminal::is_terminal(&std::io::stderr()) && std::env::var_os("NO_COLOR").is_none();
    let log = tracing_subscriber::fmt().with_env_filter(log_filter(verbose)).with_writer(std::io::stderr);
    match format {
        LogFormat::Json => log.json().flatten_event(true).with_target(true).with_span_list(false).init(),
        LogFormat::Text => log.with_ansi(colour).with_target(false).init(),
    }
}

/// While the screen is taken, logs go to a file, or nowhere.
fn chat_log(verbose: u8, path: Option<&std::path::Path>) -> Result<(), Failure> {
    let Some(path) = path else { return Ok(()) };
    let file = std::fs::File::options().append(true).create(true).open(path);
    let file = file.map_err(|error| Failure::usage(format!("--log {}: {error}", path.display())))?;
    let log = tracing_subscriber::fmt().with_env_filter(log_filter(verbose)).with_ansi(false);
    log.with_writer(std::sync::Mutex::new(file)).init();
    Ok(())
}

fn log_filter(verbose: u8) -> tracing_subscriber::EnvFilter {
    use tracing_subscriber::EnvFilter;
    match verbose {
        0 => EnvFilter::try_from_default_env()
            .unwrap_or_else(|_| EnvFilter::new("error,chappe_server::methods::auth=info")),
        1 => EnvFilter::new("info"),
        // Every statement, migrations in full: it drowns the rest, and is there with one more.
        2 => EnvFilter::new("debug,sqlx=warn"),
        _ => EnvFilter::new("trace"),
    }
}
