//! `chappe login`.

use std::io::{IsTerminal, Write};

use chappe::types::User;
use chappe::{Client, SignIn};

use crate::cli::LoginArgs;
use crate::failure::Failure;
use crate::{connect, output};

/// Logs in and leaves the session in its file.
pub(crate) async fn run(args: LoginArgs) -> Result<(), Failure> {
    let client = connect::client(&args.client).await?;
    let user = match log_in(&client, &args).await {
        // From here on nothing that happens between two commands is missed.
        Ok(user) => client.catch_up().await.map(|()| user).map_err(Failure::from),
        Err(failure) => Err(failure),
    };
    client.disconnect().await?;
    let user = user?;
    let name = user.first_name.as_deref().unwrap_or_default();
    if args.client.json {
        output::line(
            serde_json::json!({ "user_id": user.id.to_string(), "first_name": name, "bot": user.bot }),
        )
    } else {
        output::line(format_args!(
            "Logged in as {name}, user {}. The session is in {}: keep it secret.",
            user.id,
            args.client.session.display()
        ))
    }
}

async fn log_in(client: &Client, args: &LoginArgs) -> Result<User, Failure> {
    if client.is_authorized().await? {
        return Ok(client.me().await?);
    }
    if let Some(token) = &args.bot_token {
        return Ok(client.sign_in_bot(token).await?);
    }
    let phone = answer(args.phone.as_deref(), "Phone number", "--phone")?;
    let token = client.request_login_code(&phone).await?;
    let code = answer(args.code.as_deref(), "Login code", "--code")?;
    match client.sign_in(&token, &code).await? {
        SignIn::Done(user) => Ok(*user),
        SignIn::SignUpRequired { .. } => {
            let name = answer(args.name.as_deref(), "This number has no account yet. First name", "--name")?;
            Ok(client.sign_up(&token, &name, "").await?)
        }
        SignIn::PasswordRequired { hint, .. } => {
            let hint = hint.map(|hint| format!(" (hint: {hint})")).unwrap_or_default();
            let password = answer(None, &format!("Password{hint}"), "a terminal")?;
            Ok(client.check_password(&password).await?)
        }
        other => Err(Failure::new(format!("this version does not know how to go on: {other:?}"))),
    }
}

/// What the arguments say, or else what the person in the terminal says.
fn answer(given: Option<&str>, question: &str, option: &str) -> Result<String, Failure> {
    if let Some(given) = given {
        return Ok(given.to_owned());
    }
    if !std::io::stdin().is_terminal() {
        return Err(Failure::usage(format!("{question}: there is no terminal to ask in; give {option}")));
    }
    let mut line = String::new();
    let mut shown = std::io::stderr();
    write!(shown, "{question}: ")?;
    shown.flush()?;
    std::io::stdin().read_line(&mut line)?;
    Ok(line.trim().to_owned())
}
