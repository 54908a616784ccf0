//! Any method of the API: typed, by name with JSON, and with everything that can be said about how a call is made. The
//! program has a server of its own, on a loopback port.
//!
//! ```sh
//! cargo run --example raw_call
//! ```

#![allow(clippy::print_stdout, reason = "an example talks to its reader")]

use std::error::Error;
use std::time::Duration;

use chappe::login::{Callbacks, CodeReply};
use chappe::{Attempt, Client, DataCentres, InvokeOptions, KnownError, Verdict, enums, functions};
use chappe_server::Server;
use serde_json::json;

type Result<T> = std::result::Result<T, Box<dyn Error>>;

#[tokio::main]
async fn main() -> Result<()> {
    println!("{}", calls().await?);
    Ok(())
}

/// Makes the calls; returns what came of them.
pub(crate) async fn calls() -> Result<String> {
    let server = Server::builder().spawn().await?; // or chappe::DataCentres::production()
    let telegram = DataCentres::single(server.address(), server.dc_id(), server.public_key().clone());
    let client = Client::builder(4242, "your api_hash")
        .data_centres(telegram)
        // Sees every call before it goes out.
        .middleware(|attempt: &Attempt<'_>| match attempt.method {
            "account.deleteAccount" => Verdict::Veto("not by an example".to_owned()),
            _ => Verdict::Go,
        })
        .connect()
        .await?;
    let mut answers = Callbacks::phone("9996621001")
        .code(|_| async { Ok(CodeReply::Code("22222".to_owned())) })
        .name(|_| async { Ok(("Alice".to_owned(), String::new())) });
    client.start(&mut answers).await?;

    // Typed: the compiler knows the arguments and the answer.
    let users = client.invoke(functions::users::GetUsers { id: vec![enums::InputUser::UserSelf] }).await?;

    // By name: for what is known only when the program runs.
    let me = client.invoke_json("users.getUsers", &json!({ "id": [{ "_": "inputUserSelf" }] })).await?;

    // Within five seconds, and without sleeping through flood waits.
    let options = InvokeOptions {
        timeout: Some(Duration::from_secs(5)),
        flood_wait_limit: Some(Duration::ZERO),
        ..InvokeOptions::default()
    };
    let nearest = client.invoke_with(functions::help::GetNearestDc {}, options).await?;

    // What is refused has a name, a cause and a cure.
    let wrong = functions::contacts::ResolveUsername { username: "nobody_at_all".to_owned(), referer: None };
    let refusal = match client.invoke(wrong).await.err().and_then(|error| error.known()) {
        Some(known @ KnownError::UsernameNotOccupied) => format!("{known}: {}", known.cause()),
        other => return Err(format!("it was to be refused: {other:?}").into()),
    };
    client.disconnect().await?;
    Ok(format!("{} user, {}, data centre {}, {refusal}", users.len(), me[0]["first_name"], nearest.this_dc))
}
