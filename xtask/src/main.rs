//! `cargo xtask`: the chores of the workspace.
//!
//! | task | what it does |
//! |---|---|
//! | `bench` | measures Chappe beside its peers |
//! | `build-cost` | measures what compiling `chappe-api` costs, beside `grammers-tl-types` |
//! | `chat` | looks at the full-screen client in a terminal of tmux |
//! | `ci` | what CI checks besides the tests |
//! | `examples` | compiles, checks and runs the examples of the reference |
//! | `docs` | builds the site of the reference and looks at it: links, HTML, Chromium |
//! | `interop` | installs stock clients and runs them against our server |
//! | `layers` | prints the changes between the API layers and those that no rule covers |
//! | `load` | measures what a server bears, beside the limits of the machine |
//! | `kill` | kills clients in a running secret chat and compares the histories |
//! | `fuzz` | runs the fuzz targets for a while each |
//! | `generate` | writes the Rust types of `chappe-api` from `schema/`, or with `--check` says what differs |
//! | `page` | looks at the page on the control port with headless Chromium |
//! | `nodes` | kills servers while people talk, and compares what everybody has |
//! | `postgres` | runs the tests of the server on PostgreSQL alone |
//! | `schedules` | runs random schedules of two secret-chat engines over a lossy server |
//! | `schema` | rebuilds `schema/` from pinned packages, or with `--check` says what differs |
//! | `timing` | asks whether the time of an operation tells what its input was |
//! | `updates` | cuts connections and kills clients while messages come, and compares what came |
//! | `web` | builds the client for browsers and looks at its page with headless Chromium |
//! | `services` | runs the tests of the server on PostgreSQL, S3 and NATS together |
//!
//! A new task is a module with `Args` and `run`, a variant of [`Task`] and a line in `main`.

// A chore talks to the person who started it.
#![allow(clippy::print_stdout, clippy::print_stderr)]
#![forbid(unsafe_code)]

mod bench;
mod build_cost;
mod chart;
mod chat;
mod ci;
mod doc_examples;
mod docs;
mod examples;
mod fuzz;
mod generate;
mod interop;
mod kill;
mod layers;
mod load;
mod nodes;
mod page;
mod postgres;
mod process;
mod schedules;
mod schema;
mod services;
mod stage;
mod timing;
mod updates;
mod web;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

/// How a task ends: an error is printed as one line and gives exit code 1.
pub(crate) type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

/// The chores of the Chappe workspace.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask", bin_name = "cargo xtask")]
struct Cli {
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Measure Chappe beside its peers
    Bench(bench::Args),
    /// Measure what compiling `chappe-api` costs, beside `grammers-tl-types`
    BuildCost(build_cost::Args),
    /// Look at the full-screen client in a terminal of tmux
    Chat(chat::Args),
    /// Run what CI checks besides the tests
    Ci(ci::Args),
    /// Compile, check and run the examples of the reference
    Examples(examples::Args),
    /// Build the site of the reference; check its links and its HTML, and look at it with headless Chromium
    Docs(docs::Args),
    /// Install stock clients and run them against our server
    Interop(interop::Args),
    /// Print the changes between the API layers, and those that no rule covers
    Layers(layers::Args),
    /// Measure what a server bears, beside the limits of the machine, and write docs/load.md
    Load(load::Args),
    /// Kill clients in a running secret chat, start them again, and compare the histories
    Kill(kill::Args),
    /// Run the fuzz targets for a while each
    Fuzz(fuzz::Args),
    /// Write the Rust types of `chappe-api` from `schema/`
    Generate(generate::Args),
    /// Look at the page on the control port with headless Chromium
    Page(page::Args),
    /// Kill servers while people talk, start them again, and compare what everybody has
    Nodes(nodes::Args),
    /// Run the tests of the server on PostgreSQL alone
    Postgres(postgres::Args),
    /// Run random schedules of two engines of secret chats over a lossy server
    Schedules(schedules::Args),
    /// Rebuild the files of `schema/` from pinned registry packages
    Schema(schema::Args),
    /// Run the tests of the server with accounts in PostgreSQL, files in S3 and hints over NATS
    Services(services::Args),
    /// Ask whether the time of an operation tells what its input was
    Timing(timing::Args),
    /// Cut connections and kill clients while messages come, and compare what came
    Updates(updates::Args),
    /// Build the client for browsers, and talk with it in headless Chromium
    Web(web::Args),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().task {
        Task::Bench(args) => bench::run(&args),
        Task::BuildCost(args) => build_cost::run(&args),
        Task::Chat(args) => chat::run(&args),
        Task::Ci(args) => ci::run(&args),
        Task::Examples(args) => examples::run(&args),
        Task::Docs(args) => docs::run(&args),
        Task::Interop(args) => interop::run(&args),
        Task::Layers(args) => layers::run(&args),
        Task::Load(args) => load::run(&args),
        Task::Kill(args) => kill::run(&args),
        Task::Fuzz(args) => fuzz::run(&args),
        Task::Generate(args) => generate::run(&args),
        Task::Page(args) => page::run(&args),
        Task::Nodes(args) => nodes::run(&args),
        Task::Postgres(args) => postgres::run(&args),
        Task::Schedules(args) => schedules::run(&args),
        Task::Schema(args) => schema::run(&args),
        Task::Services(args) => services::run(&args),
        Task::Timing(args) => timing::run(&args),
        Task::Updates(args) => updates::run(&args),
        Task::Web(args) => web::run(&args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// The folder of the workspace manifest.
pub(crate) fn workspace_root() -> PathBuf {
    let own = std::env::var_os("CARGO_MANIFEST_DIR")
        .map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from);
    own.parent().map_or_else(|| own.clone(), PathBuf::from)
}
