//! Where each setting of `chappe serve` may come from, and what goes before what.

use std::collections::BTreeSet;
use std::ffi::OsString;
use std::process::Command as Process;

use clap::CommandFactory as _;

use super::*;

/// The long name of each setting, and values for the file, the environment and the flag.
const SETTINGS: [(&str, [&str; 3]); 28] = [
    ("blobs", ["file:///a", "file:///b", "file:///c"]),
    ("bus", ["nats://a", "nats://b", "nats://c"]),
    ("codes-per-device", ["1/10", "2/20", "3/30"]),
    ("codes-per-number", ["4/10", "5/20", "6/30"]),
    ("connections-per-address", ["10", "20", "30"]),
    ("control", ["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"]),
    ("control-remote", ["true", "false", "true"]),
    ("control-token", ["of the file", "of the environment", "of the flag"]),
    ("data", ["a", "b", "c"]),
    ("data-centres", ["1", "2", "3"]),
    ("database", ["postgres://a", "postgres://b", "postgres://c"]),
    ("dc", ["1", "2", "3"]),
    ("file-space", ["1000", "2000", "3000"]),
    ("flood-limit", ["a.=1/1,b.=1/2", "c.=2/2", "d.=3/3,e.=3/4"]),
    ("home", ["49=1,44=2", "33=2", "34=3,35=4"]),
    ("key", ["a.pem", "b.pem", "c.pem"]),
    ("listen", ["127.0.0.1:4", "127.0.0.1:5", "127.0.0.1:6"]),
    ("log-codes", ["true", "false", "true"]),
    ("log-format", ["json", "text", "json"]),
    ("messages-per-day", ["40", "50", "60"]),
    ("print-json", ["false", "true", "false"]),
    ("public-key", ["d.pem", "e.pem", "f.pem"]),
    ("require-login-email", ["true", "false", "true"]),
    ("seed", ["7", "8", "9"]),
    ("snapshot", ["a.snapshot", "b.snapshot", "c.snapshot"]),
    ("strict", ["true", "false", "true"]),
    ("test-key", ["true", "false", "true"]),
    ("world", ["a.toml", "b.toml", "c.toml"]),
];

/// By which the test that is run again in a process of its own knows what to do: its command line, and where to write.
const ARGUMENTS: &str = "CHAPPE_TEST_ARGUMENTS";
const OUTPUT: &str = "CHAPPE_TEST_OUTPUT";

/// A value as it stands in a file.
fn in_toml(name: &str, value: &str) -> String {
    let quoted = |value: &str| format!("{value:?}");
    match name {
        "flood-limit" | "home" => {
            let all: Vec<String> = value.split(',').map(quoted).collect();
            format!("[{}]", all.join(", "))
        }
        _ if value.parse::<bool>().is_ok() || value.parse::<u64>().is_ok() => value.to_owned(),
        _ => quoted(value),
    }
}

/// The environment variable of each setting.
fn variables() -> Vec<(String, OsString)> {
    let command = Cli::command();
    let serve = command.find_subcommand("serve").unwrap();
    let named = |argument: &clap::Arg| {
        let variable = argument.get_env().unwrap_or_else(|| panic!("{} has no variable", argument.get_id()));
        (argument.get_long().unwrap().to_owned(), variable.to_owned())
    };
    serve.get_arguments().map(named).collect()
}

/// The settings of a process of its own, with values in these places.
fn settings(in_file: bool, in_environment: bool, by_flag: bool) -> String {
    let folder = tempfile::tempdir().unwrap();
    let (file, output) = (folder.path().join("serve.toml"), folder.path().join("output"));
    let mut arguments = vec!["chappe".to_owned(), "serve".to_owned()];
    let name = format!(
        "{}::{}",
        module_path!().split_once("::").unwrap().1,
        "every_setting_comes_from_three_places"
    );
    let mut process = Process::new(std::env::current_exe().unwrap());
    process.args([name.as_str(), "--exact"]).env(OUTPUT, &output);
    let variables = variables();
    for (_, variable) in &variables {
        process.env_remove(variable);
    }
    if in_file {
        let lines = SETTINGS.map(|(name, [value, ..])| format!("{name} = {}\n", in_toml(name, value)));
        std::fs::write(&file, lines.concat()).unwrap();
        arguments.extend(["--config".to_owned(), file.display().to_string()]);
    }
    for (name, [_, of_environment, of_flag]) in SETTINGS {
        if in_environment {
            let (_, variable) = variables.iter().find(|(known, _)| known == name).unwrap();
            process.env(variable, of_environment);
        }
        if by_flag {
            arguments.push(format!("--{name}={of_flag}"));
        }
    }
    process.env(ARGUMENTS, serde_json::to_string(&arguments).unwrap());
    let ended = process.output().unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stdout));
    std::fs::read_to_string(output).unwrap()
}

/// What these values come to where nothing else is said.
fn alone(place: usize) -> String {
    let flags = SETTINGS.map(|(name, values)| format!("--{name}={}", values[place]));
    shown(["chappe", "serve"].map(str::to_owned).into_iter().chain(flags))
}

fn shown(arguments: impl Iterator<Item = String>) -> String {
    let Command::Serve(args) = Cli::try_parse_from(arguments).unwrap().command else { unreachable!() };
    let complete = args.with_file().unwrap();
    format!("{:#?}", ServeArgs { config: None, ..complete })
}

#[test]
fn every_setting_comes_from_three_places() {
    if let Some(output) = std::env::var_os(OUTPUT) {
        let arguments: Vec<String> = serde_json::from_str(&std::env::var(ARGUMENTS).unwrap()).unwrap();
        std::fs::write(output, shown(arguments.into_iter())).unwrap();
        return;
    }
    let known: BTreeSet<String> = variables().into_iter().map(|(name, _)| name).collect();
    let tried: BTreeSet<String> =
        SETTINGS.iter().map(|(name, _)| *name).chain(["config"]).map(str::to_owned).collect();
    assert_eq!(tried, known, "one that is new wants a line here");

    assert_eq!(settings(false, false, false), format!("{:#?}", ServeArgs::default()));
    assert_eq!(settings(true, false, false), alone(0), "the file");
    assert_eq!(settings(false, true, false), alone(1), "the environment");
    assert_eq!(settings(true, true, false), alone(1), "the environment before the file");
    assert_eq!(settings(true, false, true), alone(2), "the flag before the file");
    assert_eq!(settings(true, true, true), alone(2), "the flag before all");
}

#[test]
fn a_switch_needs_no_value() {
    let switches = [
        "--test-key",
        "--strict",
        "--print-json",
        "--log-codes",
        "--control-remote",
        "--require-login-email",
    ];
    let given = |value: &str| switches.map(|name| format!("{name}{value}"));
    let shown = |value: &str| shown(["chappe", "serve"].map(str::to_owned).into_iter().chain(given(value)));
    assert_eq!(shown(""), shown("=true"));
    assert_ne!(shown(""), shown("=false"));
}
