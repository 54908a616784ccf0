//! Logging in and out.
//!
//! ```text
//!  request_login_code ──▶ LoginToken ──▶ sign_in ──▶ Done
//!                                           │──▶ SignUpRequired ──▶ sign_up ──▶ user
//!                                           '──▶ PasswordRequired ──▶ check_password ──▶ user
//!  sign_in_bot ──▶ user
//!  sign_in_by_qr ──▶ Done or PasswordRequired
//!  LoginToken without a code ──▶ set_up_login_email ──▶ confirm_login_email ──▶ LoginToken
//!  start ──▶ all of these, driven by questions to the user
//! ```
//!
//! Source: <https://core.telegram.org/api/auth>

mod email;
mod password;
mod prompts;
mod qr;
mod sessions;
mod start;

use std::fmt;
use std::time::Duration;

use chappe_api::{enums, functions, types};

pub use email::EmailCode;
pub use password::{NewPassword, PasswordChange, PasswordInfo};
pub use prompts::{Callbacks, CodeReply, Identity, PromptFuture, Prompts};
pub use qr::{QrLogin, QrToken};

use crate::client::Client;
use crate::error::{Error, ErrorKind, InvokeError};
use crate::peers::Owner;

/// A login in progress: a code is on its way to the user.
///
/// ```no_run
/// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
/// let token = client.request_login_code("+9996612345").await?;
/// println!("{:?} brings a code of {:?} characters", token.delivery, token.code_length);
/// if let Some(wait) = token.timeout {
///     println!("another way may be asked for in {} seconds", wait.as_secs());
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq)]
pub struct LoginToken {
    phone: String,
    /// Names this login to the server.
    pub phone_code_hash: String,
    /// How the code is delivered.
    pub delivery: CodeDelivery,
    /// How many characters the code has, if the server says so.
    pub code_length: Option<u32>,
    /// After how long another way of delivery may be asked for.
    pub timeout: Option<Duration>,
    /// The server needed no code at all.
    signed_in: Option<Box<types::User>>,
}

/// How a login code is delivered.
///
/// ```
/// use chappe::CodeDelivery;
///
/// fn hint(delivery: &CodeDelivery) -> &'static str {
///     match delivery {
///         CodeDelivery::App => "Look into Telegram on another device.",
///         CodeDelivery::Sms => "You will get a short message.",
///         CodeDelivery::Call => "You will be called.",
///         _ => "The code is on its way.",
///     }
/// }
/// assert_eq!(hint(&CodeDelivery::Sms), "You will get a short message.");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum CodeDelivery {
    /// A message in the user's other Telegram programs.
    App,
    /// A voice call.
    Call,
    /// A mail.
    Email,
    /// None was sent: the login needs a mail address first, see
    /// [`set_up_login_email`](Client::set_up_login_email).
    EmailRequired,
    /// A call whose number is the code.
    FlashCall,
    /// A message by way of fragment.com.
    Fragment,
    /// A call whose number ends in the code.
    MissedCall,
    /// No code is needed.
    None,
    /// Some other way.
    Other,
    /// A short message, possibly of words in place of digits.
    Sms,
}

/// How far [`Client::sign_in`] came.
///
/// ```no_run
/// use chappe::SignIn;
///
/// # async fn run(client: chappe::Client, code: String) -> Result<(), chappe::Error> {
/// let token = client.request_login_code("+9996612345").await?;
/// let me = match client.sign_in(&token, &code).await? {
///     SignIn::Done(me) => *me,
///     SignIn::PasswordRequired { .. } => client.check_password("correct horse").await?,
///     SignIn::SignUpRequired { .. } => client.sign_up(&token, "Alice", "").await?,
///     _ => return Ok(()), // what later versions may add
/// };
/// println!("{}", me.id);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum SignIn {
    /// The user is logged in.
    Done(Box<types::User>),
    /// The account has a password: call [`Client::check_password`].
    PasswordRequired {
        /// The hint that the user has set.
        hint: Option<String>,
    },
    /// The number has no account: call [`Client::sign_up`].
    SignUpRequired {
        /// Terms of service that the user agrees to by signing up.
        terms: Option<String>,
    },
}

impl fmt::Debug for LoginToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoginToken")
            .field("delivery", &self.delivery)
            .field("code_length", &self.code_length)
            .field("timeout", &self.timeout)
            .finish_non_exhaustive()
    }
}

impl Client {
    /// Whether somebody is logged in, as the server sees it.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// if !client.is_authorized().await? {
    ///     client.sign_in_bot("123456:TOKEN").await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server cannot be asked.
    pub async fn is_authorized(&self) -> Result<bool, Error> {
        match self.invoke(functions::updates::GetState {}).await {
            Ok(_) => Ok(true),
            Err(error) if error.is_unauthorized() => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// The user who is logged in.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let me = client.me().await?;
    /// println!("{} ({})", me.first_name.unwrap_or_default(), if me.bot { "a bot" } else { "a person" });
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_unauthorized`] if nobody is.
    pub async fn me(&self) -> Result<types::User, Error> {
        let users = self.invoke(functions::users::GetUsers { id: vec![enums::InputUser::UserSelf] }).await?;
        users.into_iter().find_map(full_user).map(|user| *user).ok_or_else(|| {
            Error::new(ErrorKind::Protocol, "the server did not describe the user who is logged in")
        })
    }

    /// Has a login code sent to a phone number in international form.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// match client.request_login_code("+9996612345").await {
    ///     Ok(token) => println!("look for it: {:?}", token.delivery),
    ///     Err(error) if error.is("PHONE_NUMBER_INVALID") => println!("is it written with the country's code?"),
    ///     Err(error) => return Err(error),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses: `PHONE_NUMBER_INVALID`, `PHONE_NUMBER_FLOOD`, `API_ID_INVALID` …
    pub async fn request_login_code(&self, phone: &str) -> Result<LoginToken, Error> {
        let config = &self.inner.config;
        let request = functions::auth::SendCode {
            phone_number: phone.to_owned(),
            api_id: config.api_id,
            api_hash: config.api_hash.clone(),
            settings: types::CodeSettings {
                allow_flashcall: false,
                current_number: false,
                allow_app_hash: false,
                allow_missed_call: false,
                allow_firebase: false,
                unknown_number: false,
                logout_tokens: None,
                token: None,
                app_sandbox: None,
            },
        };
        let sent = self.invoke(request).await?;
        self.code_sent(phone, sent).await
    }

    /// Has the code sent again, in the next way that the server has for it.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let mut token = client.request_login_code("+9996612345").await?;
    /// // The user sees no message, and asks for a call.
    /// token = client.resend_login_code(&token).await?;
    /// println!("{:?}", token.delivery);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses: `SEND_CODE_UNAVAILABLE` (there is no other way), `PHONE_CODE_EXPIRED` …
    pub async fn resend_login_code(&self, token: &LoginToken) -> Result<LoginToken, Error> {
        let request = functions::auth::ResendCode {
            phone_number: token.phone.clone(),
            phone_code_hash: token.phone_code_hash.clone(),
            reason: None,
        };
        let sent = self.invoke(request).await?;
        self.code_sent(&token.phone, sent).await
    }

    /// Gives a login up: its code is good no more.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let token = client.request_login_code("+9996612345").await?;
    /// client.cancel_login_code(&token).await?; // it was the wrong number
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses: `PHONE_CODE_EXPIRED` …
    pub async fn cancel_login_code(&self, token: &LoginToken) -> Result<(), Error> {
        let request = functions::auth::CancelCode {
            phone_number: token.phone.clone(),
            phone_code_hash: token.phone_code_hash.clone(),
        };
        self.invoke(request).await?;
        Ok(())
    }

    /// What the server says of a code that it has sent.
    async fn code_sent(&self, phone: &str, sent: enums::auth::SentCode) -> Result<LoginToken, Error> {
        let mut token = LoginToken {
            phone: phone.to_owned(),
            phone_code_hash: String::new(),
            delivery: CodeDelivery::None,
            code_length: None,
            timeout: None,
            signed_in: None,
        };
        match sent {
            enums::auth::SentCode::Code(sent) => {
                (token.delivery, token.code_length) = delivery(&sent.r#type);
                token.phone_code_hash = sent.phone_code_hash;
                token.timeout =
                    sent.timeout.and_then(|secs| u64::try_from(secs).ok()).map(Duration::from_secs);
            }
            enums::auth::SentCode::Success(success) => match success.authorization {
                enums::auth::Authorization::Authorization(authorization) => {
                    token.signed_in = Some(self.logged_in(authorization.user).await?);
                }
                enums::auth::Authorization::SignUpRequired(_) => {}
            },
            enums::auth::SentCode::PaymentRequired(_) => {
                return Err(Error::new(
                    ErrorKind::Argument,
                    "this number can only log in by a payment in an official program",
                ));
            }
        }
        Ok(token)
    }

    /// Logs in with the code the user has received.
    ///
    /// ```no_run
    /// use chappe::SignIn;
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let token = client.request_login_code("+9996612345").await?;
    /// let mut code = String::new();
    /// std::io::stdin().read_line(&mut code).map_err(|_| chappe::Error::cancelled("there is no terminal"))?;
    /// match client.sign_in(&token, code.trim()).await {
    ///     Ok(SignIn::Done(me)) => println!("hello, {:?}", me.first_name),
    ///     Ok(more) => println!("not yet: {more:?}"),
    ///     Err(error) if error.is("PHONE_CODE_INVALID") => println!("there is a wrong digit in it"),
    ///     Err(error) => return Err(error),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses: `PHONE_CODE_INVALID`, `PHONE_CODE_EXPIRED` …
    pub async fn sign_in(&self, token: &LoginToken, code: &str) -> Result<SignIn, Error> {
        if let Some(user) = &token.signed_in {
            return Ok(SignIn::Done(user.clone()));
        }
        let request = token.answered_with(code);
        match self.invoke(request).await {
            Ok(enums::auth::Authorization::Authorization(authorization)) => {
                Ok(SignIn::Done(self.logged_in(authorization.user).await?))
            }
            Ok(enums::auth::Authorization::SignUpRequired(required)) => Ok(SignIn::SignUpRequired {
                terms: required.terms_of_service.map(|terms| terms.text.clone()),
            }),
            Err(InvokeError::Rpc(error)) if error.is("PHONE_NUMBER_UNOCCUPIED") => {
                Ok(SignIn::SignUpRequired { terms: None })
            }
            Err(InvokeError::Rpc(error)) if error.is_password_needed() => self.password_required().await,
            Err(error) => Err(error.into()),
        }
    }

    /// Makes an account for a number that has none, after [`SignIn::SignUpRequired`].
    ///
    /// ```no_run
    /// use chappe::SignIn;
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let token = client.request_login_code("+9996612345").await?;
    /// if let SignIn::SignUpRequired { .. } = client.sign_in(&token, "22222").await? {
    ///     let me = client.sign_up(&token, "Alice", "Liddell").await?;
    ///     println!("account {} is made", me.id);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses: `FIRSTNAME_INVALID`, `PHONE_CODE_EXPIRED` …
    pub async fn sign_up(
        &self,
        token: &LoginToken,
        first_name: &str,
        last_name: &str,
    ) -> Result<types::User, Error> {
        let request = functions::auth::SignUp {
            no_joined_notifications: false,
            phone_number: token.phone.clone(),
            phone_code_hash: token.phone_code_hash.clone(),
            first_name: first_name.to_owned(),
            last_name: last_name.to_owned(),
        };
        let authorization = self.invoke(request).await?;
        self.authorized(authorization).await
    }

    /// Logs in as a bot.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// let bot = client.sign_in_bot(&std::env::var("BOT_TOKEN")?).await?;
    /// println!("@{}", bot.username.unwrap_or_default());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses: `ACCESS_TOKEN_INVALID` …
    pub async fn sign_in_bot(&self, bot_token: &str) -> Result<types::User, Error> {
        let config = &self.inner.config;
        let request = functions::auth::ImportBotAuthorization {
            flags: 0,
            api_id: config.api_id,
            api_hash: config.api_hash.clone(),
            bot_auth_token: bot_token.to_owned(),
        };
        let authorization = self.invoke(request).await?;
        self.authorized(authorization).await
    }

    /// Logs out. All secret chats of this device end; the connection stays, and somebody else may log in. What was said in
    /// the chats can be [exported](crate::history::Archive) until somebody else does.
    ///
    /// If the server has ended the login already, what is stored of it goes all the same.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// client.log_out().await?; // the session is empty now
    /// client.disconnect().await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server cannot be told.
    pub async fn log_out(&self) -> Result<(), Error> {
        match self.invoke(functions::auth::LogOut {}).await {
            // The login has ended already; what is stored of it has not.
            Err(error) if error.is_unauthorized() => {}
            outcome => drop(outcome?),
        }
        self.inner.centres.end(false).await;
        self.inner.peers.set_owner(None);
        self.inner.account.log_out().await?;
        self.inner.net.set_user(None, false).await
    }

    pub(super) async fn authorized(
        &self,
        authorization: enums::auth::Authorization,
    ) -> Result<types::User, Error> {
        match authorization {
            enums::auth::Authorization::Authorization(authorization) => {
                Ok(*self.logged_in(authorization.user).await?)
            }
            enums::auth::Authorization::SignUpRequired(_) => {
                Err(Error::new(ErrorKind::Unauthorized, "this number has no account yet: sign up"))
            }
        }
    }

    pub(super) async fn logged_in(&self, user: enums::User) -> Result<Box<types::User>, Error> {
        let user = full_user(user)
            .ok_or_else(|| Error::new(ErrorKind::Protocol, "the server did not say who is logged in"))?;
        if self.stored_session().await.is_none_or(|stored| stored.user_id != Some(user.id)) {
            self.inner.centres.end(false).await;
        }
        self.inner.peers.set_owner(Some(Owner { user_id: user.id, is_bot: user.bot }));
        self.inner.net.set_user(Some(user.id), user.bot).await?;
        self.inner.account.log_in(user.id, user.bot).await?;
        Ok(user)
    }
}

impl LoginToken {
    fn answered_with(&self, code: &str) -> functions::auth::SignIn {
        let code = code.to_owned();
        // A code that came by mail proves the address, and not the number.
        let (phone_code, email_verification) = match self.delivery {
            CodeDelivery::Email => (None, Some(types::EmailVerificationCode { code }.into())),
            _ => (Some(code), None),
        };
        functions::auth::SignIn {
            phone_number: self.phone.clone(),
            phone_code_hash: self.phone_code_hash.clone(),
            phone_code,
            email_verification,
        }
    }
}

pub(crate) fn full_user(user: enums::User) -> Option<Box<types::User>> {
    match user {
        enums::User::User(user) => Some(user),
        enums::User::Empty(_) => None,
    }
}

fn delivery(kind: &enums::auth::SentCodeType) -> (CodeDelivery, Option<u32>) {
    use enums::auth::SentCodeType as T;
    let (delivery, length) = match kind {
        T::App(kind) => (CodeDelivery::App, Some(kind.length)),
        T::Sms(kind) => (CodeDelivery::Sms, Some(kind.length)),
        T::Call(kind) => (CodeDelivery::Call, Some(kind.length)),
        T::FlashCall(_) => (CodeDelivery::FlashCall, None),
        T::MissedCall(kind) => (CodeDelivery::MissedCall, Some(kind.length)),
        T::EmailCode(kind) => (CodeDelivery::Email, Some(kind.length)),
        T::SetUpEmailRequired(_) => (CodeDelivery::EmailRequired, None),
        T::FragmentSms(kind) => (CodeDelivery::Fragment, Some(kind.length)),
        T::FirebaseSms(kind) => (CodeDelivery::Sms, Some(kind.length)),
        T::SmsWord(_) | T::SmsPhrase(_) => (CodeDelivery::Sms, None),
    };
    (delivery, length.and_then(|length| u32::try_from(length).ok()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_that_came_by_mail_is_sent_as_one() {
        let token = |delivery| LoginToken {
            phone: "+9996620000".to_owned(),
            phone_code_hash: "hash".to_owned(),
            delivery,
            code_length: None,
            timeout: None,
            signed_in: None,
        };
        let by_text = token(CodeDelivery::Sms).answered_with("12345");
        assert_eq!((by_text.phone_code.as_deref(), by_text.email_verification), (Some("12345"), None));
        let by_mail = token(CodeDelivery::Email).answered_with("12345");
        let proof = types::EmailVerificationCode { code: "12345".to_owned() };
        assert_eq!((by_mail.phone_code, by_mail.email_verification), (None, Some(proof.into())));
    }
}
