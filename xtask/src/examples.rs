//! `cargo xtask examples`: holds that the examples of the reference are true.
//!
//! `chappe-examples` writes them and runs those of the methods that the embedded server has; here the Rust ones become one
//! program, and what npm and PyPI have checks the others, on the other core meanwhile. The programs in guides are compiled
//! with the Rust ones, or run.

mod guides;

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Instant;

use crate::process::{build, built, execute, install_npm, install_pip};
use crate::{Result, workspace_root};

/// The languages, as the counts call them.
const LANGUAGES: [&str; 5] = ["Rust", "JavaScript", "TypeScript", "Python", "Command line"];

/// The arguments of the task.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Write the world and the list of what is run, instead of comparing them
    #[arg(long)]
    write: bool,
    /// Run only methods whose name contains this
    #[arg(long)]
    only: Option<String>,
}

/// What a thread says when it fails.
type Said<T> = Result<T, String>;

/// Writes, compiles, checks and runs the examples.
///
/// # Errors
/// A tool is missing, or an example is not as it should be; the message says which.
pub(crate) fn run(args: &Args) -> Result<()> {
    let start = Instant::now();
    let said = |text: &str| println!("{:>4} s  {text}", start.elapsed().as_secs());
    thread::scope(|scope| -> Result<()> {
        said("installing GramJS, TypeScript and Telethon; building");
        let installed = scope.spawn(|| -> Said<(PathBuf, PathBuf)> {
            let folder = install_npm("examples").map_err(|error| error.to_string())?;
            let python = install_pip("examples-python", &["telethon==1.45.0"]);
            Ok((folder, python.map_err(|error| error.to_string())?))
        });
        build(&[])?;
        let data = workspace_root().join("crates/chappe-reference/data");
        if args.write {
            // The examples name what is in the world, so that comes first.
            let world = output(Command::new(built("chappe-examples")).arg("world"))?;
            std::fs::write(data.join("world.toml"), world)?;
            build(&[])?;
        }
        let (folder, python) = installed.join().map_err(|_| "the installation broke off")??;
        let sources = folder.join("sources");
        execute(Command::new(built("chappe-examples")).arg("write").arg(&sources))?;

        said("checking JavaScript, TypeScript and Python; compiling Rust");
        let checks = scope.spawn({
            let (folder, python) = (folder.clone(), python.clone());
            move || checks(&folder, &python)
        });
        let mut cargo = crate::process::cargo();
        cargo.args([
            "build",
            "--workspace",
            "--features",
            "chappe-examples/generated",
            "--bin",
            "chappe-example",
            // As in `build`: with it the features are those of the tests.
            "--example",
            "raw_call",
        ]);
        execute(cargo.env("CHAPPE_EXAMPLES", &sources))?;

        said("running");
        let mut runner = Command::new(built("chappe-examples"));
        runner.arg("run").arg(&folder).arg("--python").arg(&python);
        runner.arg("--programs").arg(built("chappe").parent().ok_or("the programs are nowhere")?);
        runner.arg("--data").arg(&data);
        runner.args(args.write.then_some("--write"));
        runner.args(args.only.iter().flat_map(|only| ["--only", only]));
        let runs: serde_json::Value = serde_json::from_str(&output(&mut runner)?)?;
        let guides = guides::run(&folder, &python)?;
        let checked = checks.join().map_err(|_| "the checks broke off")??;

        said("done");
        println!("\n{:<14}{:>9}{:>9}{:>9}", "", "checked", "run", "refused");
        let rust = std::fs::read_dir(sources.join("rust"))?.count() - 1;
        let shell = std::fs::read_dir(sources.join("shell"))?.count();
        let checked = [rust, checked.javascript, checked.typescript, checked.python, shell];
        for (language, checked) in LANGUAGES.into_iter().zip(checked) {
            let count = |what: &str| runs[language][what].as_u64().unwrap_or_default();
            println!("{language:<14}{checked:>9}{:>9}{:>9}", count("ok"), count("refused"));
        }
        println!("\nprograms in guides: {} in Rust compiled, {} others run", guides.compiled, guides.run);
        println!(
            "checked: it compiles, or would send the very bytes that our library makes of the call\n\
             run: it has a result from the embedded server; refused: it gets the error that its page names"
        );
        Ok(())
    })
}

/// How many examples passed.
struct Checked {
    javascript: usize,
    typescript: usize,
    python: usize,
}

fn checks(folder: &Path, python: &Path) -> Said<Checked> {
    let number = |command: &mut Command| -> Said<usize> {
        let text = output(command).map_err(|error| error.to_string())?;
        text.trim().parse().map_err(|error| format!("{command:?} printed {text:?}: {error}"))
    };
    let javascript = number(Command::new("node").arg(folder.join("check.js")))?;
    let tsc = folder.join("node_modules/.bin/tsc");
    output(Command::new(tsc).arg("--project").arg(folder)).map_err(|error| error.to_string())?;
    let typescript =
        std::fs::read_dir(folder.join("sources/typescript")).map_err(|error| error.to_string())?.count();
    let python = number(Command::new(python).arg(folder.join("check.py")))?;
    Ok(Checked { javascript, typescript, python })
}

/// What a tool prints; its complaints are shown as they come.
fn output(command: &mut Command) -> Result<String> {
    let output = command.stderr(Stdio::inherit()).output();
    let output = output.map_err(|error| format!("{command:?} cannot be started: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    if output.status.success() {
        Ok(text)
    } else {
        Err(format!("{text}{command:?} ended with {}", output.status).into())
    }
}
