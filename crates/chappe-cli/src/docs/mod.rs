//! `chappe docs`: the reference as a site, in the terminal, and what it lacks.

mod build;
mod check;
mod serve;
mod show;

use std::net::SocketAddr;
use std::path::PathBuf;

use chappe_reference::descriptions::Descriptions;
use chappe_reference::page::Catalogue;
use chappe_reference::{Model, Prose, prose};
use clap::{Args, Subcommand};

use crate::failure::Failure;

/// Read the reference: every method, type, constructor and error of the API
///
/// It is built into this program: the facts of the schema, our words, and examples in five languages.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  \
    chappe docs show messages.sendEncryptedService\n  \
    chappe docs show FLOOD_WAIT_31\n  \
    chappe docs serve\n  \
    chappe docs build --out site")]
pub(crate) struct DocsArgs {
    #[command(subcommand)]
    command: Docs,
}

#[derive(Debug, Subcommand)]
enum Docs {
    Build(BuildArgs),
    Check(CheckArgs),
    Serve(ServeArgs),
    Show(ShowArgs),
}

/// Write the reference as a site: HTML, Markdown and JSON, with search that needs no server
#[derive(Debug, Args)]
pub(crate) struct BuildArgs {
    /// The folder to write to; it is made if it is not there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    words: WordsArgs,
}

/// Report what lacks words, and which examples are run
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Name everything that is missing, too
    #[arg(long)]
    list: bool,
    /// Print it as JSON
    #[arg(long, conflicts_with = "list")]
    json: bool,
    #[command(flatten)]
    words: WordsArgs,
}

/// Serve the reference over HTTP
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    /// Where to listen; port 0 takes a free one
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:0")]
    listen: SocketAddr,
    #[command(flatten)]
    words: WordsArgs,
}

/// Print a page
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    /// A method, a type, a constructor, an error, a guide, or an id in hexadecimal
    name: String,
    /// As Markdown, without colours
    #[arg(long)]
    markdown: bool,
    /// As JSON
    #[arg(long, conflicts_with = "markdown")]
    json: bool,
    #[command(flatten)]
    words: WordsArgs,
}

/// Where the words come from.
#[derive(Debug, Args)]
struct WordsArgs {
    /// Take our words from this folder, laid out like reference/, instead of those built in
    #[arg(long, value_name = "DIR")]
    prose: Option<PathBuf>,
    /// Where we have no words, take those of the npm package @mtcute/core installed here, and name it as their source
    #[arg(long, value_name = "DIR")]
    descriptions: Option<PathBuf>,
}

/// Everything that pages are made of, in one place.
struct Library {
    model: Model,
    prose: Prose,
    problems: Vec<prose::Problem>,
    descriptions: Option<Descriptions>,
}

impl Library {
    /// Reads it; wrong words are told, and are no error yet.
    fn read(args: &WordsArgs) -> Result<Self, Failure> {
        let model = Model::load()?;
        let files = match &args.prose {
            None => prose::embedded(),
            Some(folder) => {
                prose::from_folder(folder).map_err(|error| Failure::usage(format!("--prose: {error}")))?
            }
        };
        let (prose, problems) = Prose::read(&model, files);
        let descriptions = match &args.descriptions {
            None => None,
            Some(folder) => Some(
                Descriptions::read(folder)
                    .map_err(|error| Failure::usage(format!("--descriptions: {error}")))?,
            ),
        };
        Ok(Self { model, prose, problems, descriptions })
    }

    /// The same, where wrong words are an error.
    fn read_sound(args: &WordsArgs) -> Result<Self, Failure> {
        let library = Self::read(args)?;
        match &library.problems[..] {
            [] => Ok(library),
            [problem] => Err(Failure::usage(problem.to_string())),
            [problem, others @ ..] => {
                let rest = others.len();
                Err(Failure::usage(format!("{problem} (and {rest} more: see `chappe docs check`)")))
            }
        }
    }

    fn catalogue(&self) -> Catalogue<'_> {
        Catalogue::new(&self.model, &self.prose, self.descriptions.as_ref())
    }
}

/// Runs the command.
pub(crate) async fn run(args: DocsArgs) -> Result<(), Failure> {
    match args.command {
        Docs::Build(args) => build::run(&args),
        Docs::Check(args) => check::run(&args),
        Docs::Serve(args) => serve::run(&args).await,
        Docs::Show(args) => show::run(&args),
    }
}
