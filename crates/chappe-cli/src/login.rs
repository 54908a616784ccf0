//! `chappe login` and `chappe logout`.

mod qr;

use chappe::login::{CodeReply, EmailCode, Identity, PromptFuture, Prompts, QrToken};
use chappe::types::User;
use chappe::{Client, CodeDelivery, Error, LoginToken};
use zeroize::Zeroizing;

use crate::cli::{LoginArgs, LogoutArgs};
use crate::failure::{Failure, Kind};
use crate::printable::clean_line;
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
    let mut terminal = Terminal {
        json: args.client.json,
        qr: args.qr,
        bot_token: args.bot_token.clone(),
        phone: args.phone.clone(),
        code: args.code.clone(),
        name: args.name.clone(),
        email: args.email.clone(),
        password: password_file(args)?,
        refused: None,
        failure: None,
    };
    client.start(&mut terminal).await.map_err(|error| terminal.failure.take().unwrap_or_else(|| error.into()))
}

/// Answers from the command line, and then from the person in the terminal.
struct Terminal {
    json: bool,
    qr: bool,
    bot_token: Option<String>,
    phone: Option<String>,
    code: Option<String>,
    name: Option<String>,
    email: Option<String>,
    password: Option<Zeroizing<String>>,
    /// Why the last answer was refused.
    refused: Option<Failure>,
    /// Why there is no answer.
    failure: Option<Failure>,
}

impl Terminal {
    /// Asks a person. If there is nobody to ask, the refusal of what the command line said counts.
    async fn ask(&mut self, question: &str, option: &str, secret: bool) -> Result<String, Error> {
        let answer = match secret {
            true => prompt::ask_secretly(question, option).await,
            false => prompt::ask(question, option).await,
        };
        answer.map_err(|failure| {
            let refused = self.refused.take().filter(|_| failure.kind() == Kind::Usage);
            let failure = refused.unwrap_or(failure);
            let message = failure.message();
            self.failure = Some(failure);
            Error::cancelled(message)
        })
    }
}

impl Prompts for Terminal {
    fn identity(&mut self) -> PromptFuture<'_, Identity> {
        Box::pin(async {
            if self.qr {
                return Ok(Identity::Qr);
            }
            if let Some(token) = self.bot_token.take() {
                return Ok(Identity::Bot(token));
            }
            let phone = match self.phone.take() {
                Some(phone) => phone,
                None => self.ask("Phone number", "--phone, --bot-token or --qr", false).await?,
            };
            Ok(Identity::Phone(phone))
        })
    }

    fn code<'a>(&'a mut self, sent: &'a LoginToken) -> PromptFuture<'a, CodeReply> {
        Box::pin(async {
            if let Some(code) = self.code.take() {
                return Ok(CodeReply::Code(code));
            }
            let question = format!("Login code, sent {} (an empty line sends it again)", way(sent.delivery));
            let code = self.ask(&question, "--code", false).await?;
            Ok(if code.is_empty() { CodeReply::Resend } else { CodeReply::Code(code) })
        })
    }

    fn password<'a>(&'a mut self, hint: Option<&'a str>) -> PromptFuture<'a, String> {
        Box::pin(async move {
            if let Some(password) = self.password.take() {
                return Ok(password.to_string());
            }
            let hint = hint.map(|hint| format!(" (hint: {})", clean_line(hint))).unwrap_or_default();
            self.ask(&format!("Password{hint}"), "--password-file", true).await
        })
    }

    fn name<'a>(&'a mut self, terms: Option<&'a str>) -> PromptFuture<'a, (String, String)> {
        Box::pin(async move {
            if let Some(terms) = terms {
                prompt::tell("Who signs up accepts these terms:");
                terms.lines().for_each(|line| prompt::tell(&clean_line(line)));
            }
            let name = match self.name.take() {
                Some(name) => name,
                None => self.ask("This number has no account yet. First name", "--name", false).await?,
            };
            Ok((name, String::new()))
        })
    }

    fn email(&mut self) -> PromptFuture<'_, String> {
        Box::pin(async {
            if let Some(address) = self.email.take() {
                return Ok(address);
            }
            self.ask("A mail address for login codes, which the server wants", "--email", false).await
        })
    }

    fn email_code<'a>(&'a mut self, sent: &'a EmailCode) -> PromptFuture<'a, String> {
        Box::pin(async move {
            let question = format!("The code that was sent to {}", clean_line(&sent.pattern));
            self.ask(&question, "a terminal", false).await
        })
    }

    fn qr(&mut self, token: &QrToken) {
        let shown = if self.json { qr::json(token) } else { qr::picture(token) };
        // A reader that is gone is found out when the login is told.
        let _ = shown.and_then(output::line);
    }

    fn rejected(&mut self, error: &Error) {
        self.refused = Some(Failure::of_error(error));
        prompt::tell(&error.to_string());
    }
}

/// How a code travels, in words.
const fn way(delivery: CodeDelivery) -> &'static str {
    match delivery {
        CodeDelivery::App => "to your other devices",
        CodeDelivery::Call | CodeDelivery::FlashCall | CodeDelivery::MissedCall => "by a call",
        CodeDelivery::Email => "by mail",
        CodeDelivery::EmailRequired => "once there is a mail address",
        CodeDelivery::Fragment => "by fragment.com",
        CodeDelivery::Sms => "as a short message",
        _ => "to you",
    }
}

/// The first line of the file.
fn password_file(args: &LoginArgs) -> Result<Option<Zeroizing<String>>, Failure> {
    let Some(path) = &args.password_file else { return Ok(None) };
    let text = std::fs::read_to_string(path)
        .map(Zeroizing::new)
        .map_err(|error| Failure::usage(format!("--password-file {}: {error}", path.display())))?;
    Ok(Some(Zeroizing::new(text.lines().next().unwrap_or_default().to_owned())))
}
