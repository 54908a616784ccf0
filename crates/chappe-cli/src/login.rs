//! `chappe login` and `chappe logout`.

use chappe::types::User;
use chappe::{Client, SignIn};

use crate::cli::{LoginArgs, LogoutArgs};
use crate::failure::Failure;
use crate::{connect, output, prompt};

/// Logs in and leaves the session in its file.
pub(crate) async fn run(args: LoginArgs) -> Result<(), Failure> {
    let user = connect::with_client(&args.client, async |client| {
        let user = log_in(client, &args).await?;
        // From here on nothing that happens between two commands is missed.
        client.catch_up().await?;
        Ok(user)
    })
    .await?;
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

/// Ends the login.
pub(crate) async fn log_out(args: LogoutArgs) -> Result<(), Failure> {
    connect::with_authorized(&args.client, async |client| Ok(client.log_out().await?)).await?;
    if args.client.json {
        output::line(serde_json::json!({ "event": "logged_out" }))
    } else {
        output::line(format_args!(
            "Logged out. {} keeps the histories of secret chats; delete it if they may go.",
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
    let phone = answer(args.phone.as_deref(), "Phone number", "--phone").await?;
    let token = client.request_login_code(&phone).await?;
    let code = answer(args.code.as_deref(), "Login code", "--code").await?;
    match client.sign_in(&token, &code).await? {
        SignIn::Done(user) => Ok(*user),
        SignIn::SignUpRequired { .. } => {
            let name =
                answer(args.name.as_deref(), "This number has no account yet. First name", "--name").await?;
            Ok(client.sign_up(&token, &name, "").await?)
        }
        SignIn::PasswordRequired { hint, .. } => {
            let hint = hint.map(|hint| format!(" (hint: {hint})")).unwrap_or_default();
            let password = match password_file(args)? {
                Some(password) => password,
                None => prompt::ask_secretly(&format!("Password{hint}"), "--password-file").await?,
            };
            Ok(client.check_password(&password).await?)
        }
        other => Err(Failure::new(format!("this version does not know how to go on: {other:?}"))),
    }
}

/// What the arguments say, or else what the person in the terminal says.
async fn answer(given: Option<&str>, question: &str, option: &str) -> Result<String, Failure> {
    match given {
        Some(given) => Ok(given.to_owned()),
        None => prompt::ask(question, option).await,
    }
}

/// The first line of the file.
fn password_file(args: &LoginArgs) -> Result<Option<String>, Failure> {
    let Some(path) = &args.password_file else { return Ok(None) };
    let text = std::fs::read_to_string(path)
        .map_err(|error| Failure::usage(format!("--password-file {}: {error}", path.display())))?;
    Ok(Some(text.lines().next().unwrap_or_default().to_owned()))
}
