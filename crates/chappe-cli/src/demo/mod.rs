//! `chappe demo`: two people, one server, a secret chat, and what each of the three could see of it.

mod person;
mod report;
mod script;

use std::time::Instant;

use chappe_server::Server;

use self::person::Person;
use self::report::Report;
use self::script::Script;
use crate::cli::DemoArgs;
use crate::failure::Failure;

/// Runs the whole demonstration. The server, the sockets, the keys and the storage are the real ones.
pub(crate) async fn run(args: DemoArgs) -> Result<(), Failure> {
    let started = Instant::now();
    let report = Report::new(args.json);
    let server = Server::builder().spawn().await?;
    report.server(&server)?;

    let (mut alice, mut bob) = tokio::try_join!(
        Person::log_in(&server, "Alice", "9996621001"),
        Person::log_in(&server, "Bob", "9996621002"),
    )?;
    report.person(&alice)?;
    report.person(&bob)?;

    let (alice_chat, bob_chat) = script::open_chat(&mut alice, &mut bob).await?;
    let pictures = (alice_chat.key().await?, bob_chat.key().await?);
    report.keys(&pictures.0, &pictures.1)?;
    if pictures.0 != pictures.1 {
        return Err(Failure::new("the key pictures differ: somebody sits between Alice and Bob"));
    }

    let mut script = Script::new(&server, &report, (alice, alice_chat), (bob, bob_chat));
    script.run().await?;
    report.end(script.steps(), started.elapsed())?;
    script.disconnect().await;
    server.shutdown().await;
    Ok(())
}
