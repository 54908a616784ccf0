//! Runs examples as the programs that they are, each in a fresh copy of the world.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::time::Duration;

use chappe::{Session, SqliteSession, StoredSession};
use chappe_reference::Model;
use chappe_reference::examples::{self, Language};
use chappe_reference::model::Origin;
use chappe_server::{Server, Snapshot};
use serde_json::json;
use tokio::process::Command;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::world::Made;
use crate::write::subfolder;
use crate::{Result, clients, world};

/// Examples that run at a time.
const AT_ONCE: usize = 4;
/// How long one may take.
const PATIENCE: Duration = Duration::from_secs(60);
/// How often it is said how far the run is.
const PROGRESS: usize = 100;

/// Where everything is.
#[derive(Clone, Debug, clap::Args)]
pub(crate) struct Args {
    /// The folder of `check.js` and its kin, in whose `sources` are the examples
    folder: PathBuf,
    /// The folder of the programs `chappe` and `chappe-example`
    #[arg(long)]
    programs: PathBuf,
    /// A Python that has Telethon
    #[arg(long)]
    python: PathBuf,
    /// The folder of `world.toml` and `runs.tsv`
    #[arg(long)]
    data: PathBuf,
    /// Write the files in `--data` instead of comparing them
    #[arg(long)]
    write: bool,
    /// Only methods whose name contains this
    #[arg(long)]
    only: Option<String>,
}

/// One example to run.
struct Job {
    method: String,
    language: Language,
    file: PathBuf,
    session: StoredSession,
    expected: Option<&'static str>,
}

/// What came of one.
struct Done {
    method: String,
    language: Language,
    /// `ok` or the error that was expected; or else what was said.
    outcome: Result<String, String>,
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?)
}

/// Prints the facts of the world.
pub(crate) fn world() -> Result<()> {
    runtime()?.block_on(async {
        let server = world::builder().spawn().await?;
        print!("{}", world::make(&server).await?.facts.to_toml());
        Ok(())
    })
}

pub(crate) fn run(args: Args) -> Result<()> {
    runtime()?.block_on(all(args))
}

async fn all(args: Args) -> Result<()> {
    let server = world::builder().spawn().await?;
    let made = world::make(&server).await?;
    agree(&args, "world.toml", &made.facts.to_toml())?;
    let key = args.folder.join("server.pem");
    std::fs::write(&key, server.public_key_pem())?;
    let snapshot = server.snapshot().await?;

    let jobs = jobs(&args, &made)?;
    let count = jobs.len();
    let slots = Arc::new(Semaphore::new(AT_ONCE));
    let mut running = JoinSet::new();
    for (number, job) in jobs.into_iter().enumerate() {
        let (args, snapshot, slots) = (args.clone(), snapshot.clone(), Arc::clone(&slots));
        running.spawn(async move {
            let _slot = slots.acquire_owned().await;
            let folder = args.folder.join("runs").join(number.to_string());
            let outcome = one(&args, &snapshot, &folder, &job).await;
            let outcome = outcome.unwrap_or_else(|error| Err(error.to_string()));
            Done { method: job.method, language: job.language, outcome }
        });
    }
    let mut done = Vec::new();
    while let Some(finished) = running.join_next().await {
        done.push(finished?);
        if done.len().is_multiple_of(PROGRESS) || done.len() == count {
            eprintln!("{} of {count} examples have run", done.len());
        }
    }
    report(&args, &done)
}

/// The examples of all methods that the server has.
fn jobs(args: &Args, made: &Made) -> Result<Vec<Job>> {
    let model = Model::load()?;
    let mut jobs = Vec::new();
    for method in model.methods().iter().filter(|method| method.origin == Origin::Api && method.served) {
        if args.only.as_ref().is_some_and(|only| !method.name().contains(only.as_str())) {
            continue;
        }
        let role = examples::role(method);
        let session =
            made.sessions.get(role).ok_or_else(|| format!("{}: there is no {role}", method.name()))?;
        for example in examples::for_method(&model, method) {
            let runs = match example.language {
                Language::Rust | Language::CommandLine => true,
                Language::JavaScript | Language::Python => is_of_secret_chats(method.name()),
                Language::TypeScript => false,
            };
            if runs {
                jobs.push(Job {
                    method: method.name().to_owned(),
                    language: example.language,
                    file: args
                        .folder
                        .join("sources")
                        .join(subfolder(example.language))
                        .join(example.file_name),
                    session: session.clone(),
                    expected: examples::expected_error(method).map(|(error, _)| error),
                });
            }
        }
    }
    Ok(jobs)
}

fn is_of_secret_chats(method: &str) -> bool {
    method.contains("Encrypt") || method == "messages.getDhConfig" || method == "messages.receivedQueue"
}

/// Runs one in a copy of the world of its own.
async fn one(args: &Args, snapshot: &Snapshot, folder: &Path, job: &Job) -> Result<Result<String, String>> {
    let server = Server::builder().fork(snapshot).spawn().await?;
    let bot = if job.method == "messages.getBotCallbackAnswer" {
        Some(clients::answering(&server).await?)
    } else {
        None
    };
    if folder.exists() {
        std::fs::remove_dir_all(folder)?;
    }
    std::fs::create_dir_all(folder)?;
    let mut session = job.session.clone();
    session.address = server.address().into();
    let mut command = match job.language {
        Language::Rust => {
            let mut command = Command::new(args.programs.join("chappe-example"));
            command.arg(&job.method);
            command
        }
        Language::CommandLine => {
            let mut command = Command::new("sh");
            let path = std::env::var_os("PATH").unwrap_or_default();
            let paths = std::iter::once(args.programs.clone()).chain(std::env::split_paths(&path));
            command.arg(&job.file).env("PATH", std::env::join_paths(paths)?);
            command
        }
        Language::JavaScript | Language::TypeScript => {
            let mut command = Command::new("node");
            command.arg("--require").arg(args.folder.join("server.js")).arg(&job.file);
            command.env("SESSION", session.to_gramjs().ok_or("GramJS cannot have this session")?.as_str());
            command
        }
        Language::Python => {
            let mut command = Command::new(&args.python);
            command.arg(args.folder.join("server.py")).arg(&job.file);
            command
                .env("SESSION", session.to_telethon().ok_or("Telethon cannot have this session")?.as_str());
            command
        }
    };
    if matches!(job.language, Language::Rust | Language::CommandLine) {
        let file = SqliteSession::open(folder.join("chappe.session")).await?;
        file.save(&session).await?;
    }
    command
        .current_dir(folder)
        .env("API_ID", "4242")
        .env("API_HASH", "any")
        .env("CHAPPE_SERVER", server.address().to_string())
        .env("CHAPPE_SERVER_KEY", args.folder.join("server.pem"))
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let output = tokio::time::timeout(PATIENCE, command.output()).await;
    let output = output.map_err(|_| format!("it has not ended after {} s", PATIENCE.as_secs()))??;
    if let Some(bot) = bot {
        bot.disconnect().await?;
    }
    server.shutdown().await;
    std::fs::remove_dir_all(folder)?;
    let said = String::from_utf8_lossy(&output.stderr);
    Ok(match job.expected {
        None if output.status.success() && !output.stdout.is_empty() => Ok("ok".to_owned()),
        Some(error) if !output.status.success() && said.contains(error) => Ok(error.to_owned()),
        _ => Err(format!("{}: {}", output.status, said.trim())),
    })
}

/// Compares what came with the list, and prints how many of each language there were.
fn report(args: &Args, done: &[Done]) -> Result<()> {
    let mut lines: BTreeMap<&str, (Vec<&str>, &str)> = BTreeMap::new();
    let mut counts = serde_json::Map::new();
    let mut failures = Vec::new();
    for language in Language::ALL {
        let (mut ok, mut refused) = (0, 0);
        for done in done.iter().filter(|done| done.language == language) {
            match &done.outcome {
                Ok(outcome) => {
                    if outcome == "ok" {
                        ok += 1;
                    } else {
                        refused += 1;
                    }
                    lines.entry(&done.method).or_insert((Vec::new(), outcome)).0.push(language.fence());
                }
                Err(said) => failures.push(format!("{} ({}): {said}", done.method, language.title())),
            }
        }
        counts.insert(language.title().to_owned(), json!({"ok": ok, "refused": refused}));
    }
    if !failures.is_empty() {
        return Err(format!("{} examples did otherwise:\n{}", failures.len(), failures.join("\n")).into());
    }
    let lines = lines
        .iter()
        .map(|(method, (languages, outcome))| format!("{method}\t{}\t{outcome}\n", languages.join(",")));
    if args.only.is_none() {
        agree(args, "runs.tsv", &lines.collect::<String>())?;
    }
    println!("{}", serde_json::Value::Object(counts));
    Ok(())
}

/// Holds that a file of `--data` says the same, or writes it.
fn agree(args: &Args, name: &str, text: &str) -> Result<()> {
    let path = args.data.join(name);
    if args.write {
        return Ok(std::fs::write(path, text)?);
    }
    let before = std::fs::read_to_string(&path)?;
    match before.lines().zip(text.lines()).position(|(before, now)| before != now) {
        _ if before == text => Ok(()),
        place => Err(format!(
            "{}:{}: this is not true any more: `cargo xtask examples --write` writes it anew",
            path.display(),
            place.unwrap_or_else(|| before.lines().count().min(text.lines().count())) + 1,
        )
        .into()),
    }
}
