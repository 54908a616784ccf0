//! A whole login, driven by questions.

use chappe_api::types;

use super::{CodeDelivery, CodeReply, Identity, LoginToken, Prompts, SignIn};
use crate::client::Client;
use crate::error::Error;
use crate::limits::MAX_WRONG_ANSWERS;

/// Counts refused answers to one question, so that whoever gives the same one again and again comes to an end.
#[derive(Default)]
struct Patience(u32);

impl Patience {
    /// Tells of a refusal; the error itself once there were too many.
    fn again(&mut self, prompts: &mut dyn Prompts, error: Error) -> Result<(), Error> {
        self.0 += 1;
        if self.0 >= MAX_WRONG_ANSWERS {
            return Err(error);
        }
        prompts.rejected(&error);
        Ok(())
    }
}

impl Client {
    /// Logs in if nobody is logged in, asking for what it takes: number and code, a mail address if the server wants
    /// one, token or QR code, the password, the name of a new user. What is refused is asked for again, five times at most. Returns who is logged in.
    ///
    /// For people see the example of [`Callbacks`](crate::login::Callbacks).
    ///
    /// ```no_run
    /// use chappe::login::Callbacks;
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let mut prompts = Callbacks::bot(std::env::var("BOT_TOKEN")?);
    /// let bot = client.start(&mut prompts).await?; // asks nothing if the session is logged in
    /// println!("@{}", bot.username.unwrap_or_default());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What a question was answered with in place of an answer, the last refusal, or whatever else the server refuses.
    pub async fn start(&self, prompts: &mut dyn Prompts) -> Result<types::User, Error> {
        if self.is_authorized().await? {
            return self.me().await;
        }
        let mut patience = Patience::default();
        loop {
            let outcome = match prompts.identity().await? {
                Identity::Bot(token) => self.sign_in_bot(&token).await,
                Identity::Phone(number) => match self.request_login_code(&number).await {
                    Ok(sent) => return self.start_with_code(sent, &number, prompts).await,
                    Err(error) => Err(error),
                },
                Identity::Qr => {
                    let outcome = self.sign_in_by_qr(&[], |token| prompts.qr(token)).await?;
                    return self.start_after(outcome, None, prompts).await;
                }
            };
            match outcome {
                Ok(user) => return Ok(user),
                Err(error) => match error.rpc().map(|rpc| rpc.name.as_str()) {
                    Some("PHONE_NUMBER_INVALID" | "ACCESS_TOKEN_INVALID" | "ACCESS_TOKEN_EXPIRED") => {
                        patience.again(prompts, error)?;
                    }
                    _ => return Err(error),
                },
            }
        }
    }

    async fn start_with_code(
        &self,
        mut sent: LoginToken,
        number: &str,
        prompts: &mut dyn Prompts,
    ) -> Result<types::User, Error> {
        let mut patience = Patience::default();
        loop {
            if sent.delivery == CodeDelivery::EmailRequired {
                sent = self.start_with_email(&sent, prompts).await?;
                continue;
            }
            let code = if sent.signed_in.is_some() {
                String::new()
            } else {
                match prompts.code(&sent).await? {
                    CodeReply::Code(code) => code,
                    CodeReply::Cancel => {
                        self.cancel_login_code(&sent).await?;
                        return Err(Error::cancelled("the login was cancelled"));
                    }
                    CodeReply::Resend => {
                        match self.resend_login_code(&sent).await {
                            Ok(again) => sent = again,
                            Err(error) if error.is("PHONE_CODE_EXPIRED") => {
                                sent = self.request_login_code(number).await?;
                            }
                            Err(error) => patience.again(prompts, error)?,
                        }
                        continue;
                    }
                }
            };
            match self.sign_in(&sent, code.trim()).await {
                Ok(outcome) => return self.start_after(outcome, Some(&sent), prompts).await,
                Err(error) => match error.rpc().map(|rpc| rpc.name.as_str()) {
                    Some("PHONE_CODE_INVALID" | "PHONE_CODE_EMPTY") => patience.again(prompts, error)?,
                    Some("PHONE_CODE_EXPIRED") => {
                        patience.again(prompts, error)?;
                        sent = self.request_login_code(number).await?;
                    }
                    _ => return Err(error),
                },
            }
        }
    }

    /// Gives the login a mail address; the token that it goes on with.
    async fn start_with_email(
        &self,
        waiting: &LoginToken,
        prompts: &mut dyn Prompts,
    ) -> Result<LoginToken, Error> {
        let mut patience = Patience::default();
        loop {
            let address = prompts.email().await?;
            let sent = match self.set_up_login_email(waiting, address.trim()).await {
                Ok(sent) => sent,
                Err(error) if error.is("EMAIL_INVALID") || error.is("EMAIL_NOT_ALLOWED") => {
                    patience.again(prompts, error)?;
                    continue;
                }
                Err(error) => return Err(error),
            };
            loop {
                let code = prompts.email_code(&sent).await?;
                match self.confirm_login_email(waiting, &code).await {
                    Err(error) if error.is("CODE_INVALID") => patience.again(prompts, error)?,
                    // Another one has to be sent, and perhaps elsewhere.
                    Err(error) if error.is("EMAIL_VERIFY_EXPIRED") => {
                        patience.again(prompts, error)?;
                        break;
                    }
                    outcome => return outcome,
                }
            }
        }
    }

    async fn start_after(
        &self,
        outcome: SignIn,
        sent: Option<&LoginToken>,
        prompts: &mut dyn Prompts,
    ) -> Result<types::User, Error> {
        let mut patience = Patience::default();
        match (outcome, sent) {
            (SignIn::Done(user), _) => Ok(*user),
            (SignIn::PasswordRequired { hint }, _) => loop {
                let password = zeroize::Zeroizing::new(prompts.password(hint.as_deref()).await?);
                match self.check_password(&password).await {
                    Err(error) if error.is("PASSWORD_HASH_INVALID") => patience.again(prompts, error)?,
                    outcome => return outcome,
                }
            },
            (SignIn::SignUpRequired { terms }, Some(sent)) => loop {
                let (first, last) = prompts.name(terms.as_deref()).await?;
                match self.sign_up(sent, first.trim(), last.trim()).await {
                    Err(error) if error.is("FIRSTNAME_INVALID") || error.is("LASTNAME_INVALID") => {
                        patience.again(prompts, error)?;
                    }
                    outcome => return outcome,
                }
            },
            (SignIn::SignUpRequired { .. }, None) => {
                Err(Error::cancelled("only who logs in by number can sign up"))
            }
        }
    }
}
