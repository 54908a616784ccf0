//! `chappe sessions`: the devices that are logged in.

use chappe::{Client, types};
use serde_json::json;

use crate::cli::{ClientArgs, SessionsArgs, SessionsCommand};
use crate::cloud::show;
use crate::connect;
use crate::failure::Failure;
use crate::printable::clean_line;

/// Lists the logins, or ends some.
pub(crate) async fn run(args: SessionsArgs) -> Result<(), Failure> {
    match args.command {
        None => connect::with_authorized(&args.client, async |client| list(client, &args.client).await).await,
        Some(SessionsCommand::Accept { url, client: args }) => {
            connect::with_authorized(&args, async |client| {
                let login = client.accept_login_token(&url).await?;
                show::print(&args, in_json(&login), || format!("Logged in: {}", line(&login).trim_start()))
            })
            .await
        }
        Some(SessionsCommand::End { hash, client: args }) => {
            connect::with_authorized(&args, async |client| {
                // The server takes 0 for this device, which `logout` is for.
                if hash == 0 {
                    return Err(Failure::usage("0 is this device: `chappe logout` ends its login"));
                }
                client.end_session(hash).await?;
                done(&args, &format!("The login {hash} has ended."))
            })
            .await
        }
        Some(SessionsCommand::EndOthers { client: args }) => {
            connect::with_authorized(&args, async |client| {
                client.end_other_sessions().await?;
                done(&args, "All other logins have ended.")
            })
            .await
        }
    }
}

fn done(args: &ClientArgs, words: &str) -> Result<(), Failure> {
    show::print(args, json!({ "event": "ended" }), || words.to_owned())
}

async fn list(client: &Client, args: &ClientArgs) -> Result<(), Failure> {
    let found = client.sessions().await?;
    found.iter().try_for_each(|login| show::print(args, in_json(login), || line(login)))
}

fn line(login: &types::Authorization) -> String {
    let here = if login.current { "this device" } else { "" };
    let text = format!(
        "{:>20}  {}  {} {}, {}, {} {}  {here}",
        login.hash,
        show::date(login.date_active),
        login.app_name,
        login.app_version,
        login.device_model,
        login.ip,
        login.country
    );
    clean_line(text.trim_end())
}

/// A login.
pub(crate) fn in_json(login: &types::Authorization) -> serde_json::Value {
    json!({
        "event": "session",
        "hash": login.hash.to_string(),
        "current": login.current,
        "app_name": login.app_name,
        "app_version": login.app_version,
        "api_id": login.api_id,
        "device_model": login.device_model,
        "platform": login.platform,
        "system_version": login.system_version,
        "date_created": login.date_created,
        "date_active": login.date_active,
        "ip": login.ip,
        "country": login.country,
        "password_pending": login.password_pending,
        "takes_secret_chats": !login.encrypted_requests_disabled,
    })
}
