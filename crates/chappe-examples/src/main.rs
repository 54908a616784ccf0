//! `chappe-examples`: writes the examples of the reference into files, and runs those that can be run.
//!
//! `cargo xtask examples` calls it.

// It talks to the person who started it.
#![allow(clippy::print_stdout, clippy::print_stderr)]
#![forbid(unsafe_code)]

mod clients;
mod facts;
mod picture;
mod run;
mod world;
mod write;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, Subcommand};

pub(crate) type Result<T, E = Box<dyn std::error::Error + Send + Sync>> = std::result::Result<T, E>;

/// Writes and runs the examples of the reference
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write all examples into files
    Write {
        /// Where to; what is there is replaced
        folder: PathBuf,
    },
    /// Make the world and print how examples call what is in it
    World,
    /// Run the examples of the methods that the server has
    Run(run::Args),
}

fn main() -> ExitCode {
    let outcome = match Cli::parse().command {
        Command::Write { folder } => write::run(&folder),
        Command::World => run::world(),
        Command::Run(args) => run::run(args),
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
