//! Servers that begin with a world file.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "tests")]

use std::collections::BTreeSet;
use std::sync::Arc;

use chappe::{Client, DataCentres, functions, session::StringSession};
use chappe_api::{enums, types};
use chappe_control::{Control, Ready, WorldFile};
use chappe_server::Server;
use serde_json::Value;

const WORLD: &str = r#"
[server]
dc_id = 4
seed = 7

[[accounts]]
name = "alice"
phone = "+999 662 1001"
first_name = "Alice"
last_name = "Liddell"
username = "alice_liddell"
password = "correct horse"
password_hint = "a horse"
about = "Down the hole."
contacts = ["bob"]

[[accounts]]
name = "bob"

[[accounts]]
name = "helper"
bot = true
bot_token = "7000000007:secret"
username = "helper_bot"

[[messages]]
from = "alice"
to = "bob"
text = "Are you there?"

[[messages]]
from = "bob"
to = "alice"
text = "Yes."

[[faults]]
fault = "answer"
method = "contacts.getContacts"
user = "bob"
code = 400
error = "SAID_IN_ADVANCE"
times = 1
"#;

async fn client(server: &Server, session: &str) -> Client {
    let centres = DataCentres::single(server.address(), server.dc_id(), server.public_key().clone());
    let session = StringSession::parse(session).unwrap();
    Client::builder(1, "hash").session(session).data_centres(centres).connect().await.unwrap()
}

#[tokio::test]
async fn a_world_is_there_as_written() {
    let world = WorldFile::parse("world.toml", WORLD).unwrap();
    let server = world.configure(Server::builder().test_key()).spawn().await.unwrap();
    let known = world.populate(&server).await.unwrap();
    let ready = Ready::of(&server, &known).await.unwrap();
    assert_eq!(ready.dc_id, 4);
    let [alice, bob, helper] = &ready.accounts[..] else { panic!("{:?}", ready.accounts) };
    assert_eq!((alice.phone.as_deref(), alice.code.as_deref()), (Some("9996621001"), Some("22222")));
    assert_eq!(alice.password.as_deref(), Some("correct horse"));
    assert_eq!((helper.bot, helper.bot_token.as_deref()), (true, Some("7000000007:secret")));
    assert_eq!((helper.first_name.as_str(), helper.username.as_deref()), ("Helper", Some("helper_bot")));

    // Every session text that this library can read is a login.
    for text in
        [Some(&alice.sessions.chappe), alice.sessions.gramjs.as_ref(), alice.sessions.telethon.as_ref()]
    {
        let client = client(&server, text.unwrap()).await;
        let password = client.invoke(functions::account::GetPassword {}).await.unwrap();
        assert_eq!(password.hint.as_deref(), Some("a horse"));
        let me =
            client.invoke(functions::users::GetFullUser { id: enums::InputUser::UserSelf }).await.unwrap();
        assert_eq!(me.full_user.about.as_deref(), Some("Down the hole."));
        let contacts = client.invoke(functions::contacts::GetContacts { hash: 0 }).await.unwrap();
        let enums::contacts::Contacts::Contacts(contacts) = contacts else { panic!("none") };
        assert_eq!(contacts.contacts[0].user_id, bob.user_id);
    }
    let bob_client = client(&server, &bob.sessions.chappe).await;
    let contacts = functions::contacts::GetContacts { hash: 0 };
    assert!(bob_client.invoke(contacts.clone()).await.unwrap_err().is("SAID_IN_ADVANCE"));
    bob_client.invoke(contacts).await.unwrap();
    let resolve = functions::contacts::ResolveUsername { username: "alice_liddell".into(), referer: None };
    let peer = bob_client.invoke(resolve).await.unwrap();
    let enums::User::User(user) = &peer.users[0] else { panic!("nobody") };
    let history = functions::messages::GetHistory {
        peer: types::InputPeerUser { user_id: user.id, access_hash: user.access_hash.unwrap() }.into(),
        offset_id: 0,
        offset_date: 0,
        add_offset: 0,
        limit: 10,
        max_id: 0,
        min_id: 0,
        hash: 0,
    };
    let enums::messages::Messages::Messages(history) = bob_client.invoke(history).await.unwrap() else {
        panic!("not all")
    };
    let texts: Vec<_> = history
        .messages
        .iter()
        .map(|message| match message {
            enums::Message::Message(message) => message.message.as_str(),
            _ => "",
        })
        .collect();
    assert_eq!(texts, ["Yes.", "Are you there?"]);
}

#[tokio::test]
async fn the_example_of_the_documentation_is_a_world() {
    let page = include_str!("../../../docs/world.md");
    let example = page.split("```toml\n").nth(1).unwrap().split("```").next().unwrap();
    assert_eq!(example, include_str!("../../../docs/examples/world.toml"), "the same as a file");
    let world = WorldFile::parse("docs/world.md", example).unwrap();
    let server = world.configure(Server::builder().test_key()).spawn().await.unwrap();
    let known = world.populate(&server).await.unwrap();
    let ready = Ready::of(&server, &known).await.unwrap();
    assert_eq!((ready.accounts.len(), server.faults().list().len()), (3, 2));
    let [group] = &server.groups().await.unwrap()[..] else { panic!("one group") };
    assert_eq!((group.title.as_str(), group.kind, group.members), ("Tea party", 1, 3));
    let said = server.messages().await.unwrap();
    assert!(said.iter().any(|message| message.peer == group.peer && message.text == "No room!"));
    let json = serde_json::to_value(&ready).unwrap();
    let account = json["accounts"][0].as_object().unwrap();
    let row = page.lines().find(|line| line.starts_with("| `accounts`")).unwrap();
    for field in account.keys() {
        assert!(row.contains(&format!("`{field}`")), "{field} is not described");
    }
}

#[tokio::test]
async fn a_kept_world_is_taken_up_and_nothing_is_doubled() {
    let folder = tempfile::tempdir().unwrap();
    let world = WorldFile::parse("world.toml", WORLD).unwrap();
    let mut ids = Vec::new();
    for _ in 0..2 {
        let server = Server::builder().test_key().data_dir(folder.path()).spawn().await.unwrap();
        let known = world.populate(&server).await.unwrap();
        let ready = Ready::of(&server, &known).await.unwrap();
        ids.push(ready.accounts.iter().map(|account| account.user_id).collect::<Vec<_>>());
        assert_eq!(server.messages().await.unwrap().len(), 2);
        assert_eq!(server.totals().await.unwrap().messages, 2);
        server.shutdown().await;
    }
    assert_eq!(ids[0], ids[1]);
}

#[tokio::test]
async fn every_kind_of_group_is_made_and_written_in() {
    let mut text = String::from("[[accounts]]\nname = \"alice\"\n[[accounts]]\nname = \"bob\"\n");
    for (kind, more) in [("group", ""), ("supergroup", "username = \"super_group\"\n"), ("channel", "")] {
        text += &format!(
            "[[groups]]\nname = \"{kind}\"\nkind = \"{kind}\"\nowner = \"alice\"\nmembers = [\"bob\"]\nabout = \"x\"\n{more}"
        );
        text += &format!("[[messages]]\nfrom = \"alice\"\nto = \"{kind}\"\ntext = \"in the {kind}\"\n");
    }
    let server = Server::builder().test_key().spawn().await.unwrap();
    WorldFile::parse("w.toml", &text).unwrap().populate(&server).await.unwrap();
    let mut groups = server.groups().await.unwrap();
    groups.sort_by_key(|group| group.kind);
    let said = server.messages().await.unwrap();
    for (group, title) in groups.iter().zip(["group", "supergroup", "channel"]) {
        assert_eq!((group.title.as_str(), group.members), (title, 2));
        let text = format!("in the {title}");
        assert!(said.iter().any(|message| message.peer == group.peer && message.text == text), "{title}");
    }
    // Nobody but its owner writes in a channel.
    let refused = text.replace("from = \"alice\"\nto = \"channel\"", "from = \"bob\"\nto = \"channel\"");
    let server = Server::builder().test_key().spawn().await.unwrap();
    let error =
        WorldFile::parse("w.toml", &refused).unwrap().populate(&server).await.unwrap_err().to_string();
    assert!(error.contains("this message was refused"), "{error}");
}

#[test]
fn what_is_wrong_in_a_file_is_named_with_its_line() {
    for (text, place, part) in [
        ("[[accounts]]\nname = \"a\"\nfone = \"1\"\n", "w.toml:3:1: ", "unknown field `fone`"),
        ("[server]\ndc_id = \"two\"\n", "w.toml:2:9: ", "expected i32"),
        ("[server]\ndc_id = 0\n", "w.toml:2:9: ", "from 1 to 1000"),
        ("[[accounts]]\nphone = \"1\"\n", "w.toml:1:1: ", "missing field `name`"),
        ("[[accounts]]\nname = \"a\"\n[[accounts]]\nname = \"a\"\n", "w.toml:4:8: ", "two accounts"),
        ("[[accounts]]\nname = \"a\"\ncontacts = [\"a\", \"b\"]\n", "w.toml:3:18: ", "\"b\""),
        ("[[accounts]]\nname = \"a\"\nhears_groups = true\n", "w.toml:3:16: ", "people hear"),
        ("[[accounts]]\nname = \"a\"\nbot = true\nphone = \"12345678\"\n", "w.toml:4:9: ", "a bot has"),
        (
            "[[messages]]\nfrom = \"a\"\nto = \"b\"\ntext = \"\"\n",
            "w.toml:2:8: ",
            "nobody in this file is called \"a\"",
        ),
        ("\n[[faults]]\nfault = \"drop\"\ncode = 3\n", "w.toml:2:1: ", "`code` means nothing"),
        ("[[faults]]\nfault = \"fire\"\n", "w.toml:2:9: ", "unknown variant `fire`"),
        (
            "[[accounts]]\nname = \"a\"\n[[groups]]\nname = \"a\"\nowner = \"a\"\n",
            "w.toml:4:8: ",
            "another account",
        ),
        (
            "[[accounts]]\nname = \"a\"\n[[groups]]\nname = \"g\"\nowner = \"a\"\nusername = \"group_g\"\n",
            "w.toml:6:12: ",
            "`kind`",
        ),
        ("names = [\n", "w.toml:", ""),
    ] {
        let error = WorldFile::parse("w.toml", text).unwrap_err().to_string();
        assert!(error.starts_with(place) && error.contains(part), "{error}");
        assert!(!error.contains('\n'), "{error}");
    }
}

#[tokio::test]
async fn what_the_server_refuses_is_named_with_its_line() {
    let account = |more: &str| format!("[[accounts]]\nname = \"a\"\n{more}\n");
    for (text, place, part) in [
        (account("phone = \"12\""), "w.toml:1:1: account \"a\": ", "7 to 15 digits"),
        (account("username = \"x\""), "w.toml:1:1: ", "5 to 32"),
        (account(&format!("about = \"{}\"", "x".repeat(71))), "w.toml:3:9: ", "70 characters"),
        (account("bot = true\nbot_token = \"nonsense\""), "w.toml:1:1: ", "NUMBER:SECRET"),
        (
            account("username = \"taken_name\"") + "[[accounts]]\nname = \"b\"\nusername = \"Taken_Name\"",
            "w.toml:4:1: account \"b\": ",
            "taken",
        ),
    ] {
        let server = Server::builder().test_key().spawn().await.unwrap();
        let error =
            WorldFile::parse("w.toml", &text).unwrap().populate(&server).await.unwrap_err().to_string();
        assert!(error.starts_with(place) && error.contains(part), "{error}");
    }
}

/// The names of all fields of an object, and of what is in it.
fn names(value: &Value, all: &mut BTreeSet<String>) {
    for (name, value) in value.as_object().into_iter().flatten() {
        all.insert(name.clone());
        names(value, all);
    }
    value.as_array().into_iter().flatten().for_each(|item| names(item, all));
}

#[tokio::test]
async fn everything_that_is_printed_stands_in_the_documentation() {
    let world = WorldFile::parse("world.toml", include_str!("../../../docs/examples/world.toml")).unwrap();
    let server = Arc::new(world.configure(Server::builder().test_key()).spawn().await.unwrap());
    let known = world.populate(&server).await.unwrap();
    let control = Control::builder().known(known).spawn(Arc::clone(&server)).await.unwrap();
    let ready = serde_json::to_value(control.ready().await.unwrap()).unwrap();
    let mut printed = BTreeSet::new();
    names(&ready, &mut printed);
    assert!(printed.len() > 25, "{printed:?}");
    let page = include_str!("../../../docs/world.md");
    let section = page.split("## What is printed").nth(1).unwrap().split("\n## ").next().unwrap();
    for name in printed {
        assert!(section.contains(&format!("`{name}`")), "{name} does not stand in docs/world.md");
    }
}
