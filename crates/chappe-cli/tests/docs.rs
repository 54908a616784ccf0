//! `chappe docs` as a reader of the reference uses it.

#![allow(clippy::panic, clippy::unwrap_used, reason = "these are tests")]

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::process::{Child, Stdio};

use common::{Folder, chappe, output};

#[test]
fn a_page_is_shown_by_name_by_id_and_with_the_number_of_an_error() {
    let page = output(&["docs", "show", "messages.sendEncryptedService"]);
    assert!(page.starts_with("# messages.SendEncryptedService\n"), "{page}");
    assert_eq!(output(&["docs", "show", "32d439a4", "--markdown"]), page);
    assert!(output(&["docs", "show", "FLOOD_WAIT_31"]).starts_with("# FLOOD\\_WAIT\\_%d\n"));
    let json: serde_json::Value =
        serde_json::from_str(&output(&["docs", "show", "type:secret/DecryptedMessage", "--json"])).unwrap();
    assert_eq!((&json["kind"], &json["schema"]), (&"type".into(), &"secret".into()));
}

#[test]
fn words_may_come_from_a_folder() {
    let folder = Folder::new();
    std::fs::create_dir(folder.path("methods")).unwrap();
    std::fs::write(folder.path("methods/help.toml"), "[getConfig]\nsummary = 'Says what is where.'\n")
        .unwrap();
    let page = output(&["docs", "show", "help.getConfig", "--prose", &folder.path("")]);
    assert!(page.starts_with("# help.GetConfig\n\nSays what is where.\n"), "{page}");
}

#[test]
fn a_site_has_each_page_in_three_forms_and_what_search_needs() {
    let (folder, words) = (Folder::new(), Folder::new());
    // Without words it takes a third of the time.
    let said = output(&["docs", "build", "--out", &folder.path("site"), "--prose", &words.path("")]);
    let (pages, rest) = said.split_once(" pages, ").unwrap();
    assert!(pages.parse::<usize>().unwrap() > 4_000 && rest.contains(" files in "), "{said}");
    let method = "methods/messages.sendEncryptedService";
    for name in [&format!("{method}.html"), &format!("{method}.md"), &format!("{method}.json"), "index.html"]
    {
        assert!(std::fs::metadata(folder.path(&format!("site/{name}"))).unwrap().len() > 1_000, "{name}");
    }
    for name in ["llms.txt", "id/32d439a4.html", "assets/records.js", "errors/FLOOD_WAIT_X.html"] {
        assert!(std::fs::metadata(folder.path(&format!("site/{name}"))).is_ok(), "{name}");
    }
}

/// `chappe docs serve`, ended with the value.
struct Serving(Child);

impl Drop for Serving {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

#[test]
fn pages_are_served_where_the_first_line_says() {
    let mut serving = Serving(chappe(&["docs", "serve"]).stdout(Stdio::piped()).spawn().unwrap());
    let mut line = String::new();
    BufReader::new(serving.0.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let address = line.trim().strip_prefix("http://").unwrap().trim_end_matches('/').to_owned();
    let get = |path: &str| {
        let mut stream = TcpStream::connect(&address).unwrap();
        write!(stream, "GET {path} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\r\n").unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        answer
    };
    let page = get("/methods/messages.sendEncryptedService.html");
    assert!(page.starts_with("HTTP/1.1 200 ") && page.contains("text/html; charset=utf-8"), "{page}");
    assert!(get("/methods/messages.sendEncryptedService.md").contains("# messages.SendEncryptedService"));
    assert!(get("/").contains("page by page"));
    let nothing = get("/methods/messages.sendNothing.html");
    assert!(nothing.starts_with("HTTP/1.1 404 ") && nothing.contains("There is no such page"), "{nothing}");
}

#[test]
fn what_is_compiled_run_refused_and_missing_is_counted() {
    let text = output(&["docs", "check", "--list"]);
    let heads: Vec<&str> =
        text.lines().find(|line| line.starts_with("examples")).unwrap().split("  ").collect();
    let heads: Vec<&str> = heads.into_iter().map(str::trim).filter(|head| !head.is_empty()).collect();
    assert_eq!(heads, ["examples", "compiled", "run", "refused", "not run", "no example"]);
    for language in ["Rust", "JavaScript", "TypeScript", "Python", "Command line"] {
        let row = text.lines().find(|line| line.starts_with(&format!("{language} "))).unwrap();
        let counts: Vec<usize> = row.split_whitespace().filter_map(|cell| cell.parse().ok()).collect();
        let [compiled, run, refused, not_run, none] = counts[..] else { panic!("{row}") };
        assert_eq!(compiled, run + refused + not_run, "{row}");
        assert_eq!(compiled + none, 869, "{row}");
    }
    let list = text.split_once("\nJavaScript, no example:\n").unwrap().1;
    assert!(list.contains("GramJS 2.26 speaks layer 198, which does not have this method"), "{list}");
    let guides = text.lines().find_map(|line| line.strip_prefix("programs in guides, compiled or run: "));
    assert!(guides.unwrap().parse::<usize>().unwrap() > 0);
}
