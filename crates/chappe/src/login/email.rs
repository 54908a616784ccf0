//! The mail address to which login codes go.
//!
//! ```text
//!  request_login_code ──▶ EmailRequired ──▶ set_up_login_email ──▶ confirm_login_email ──▶ LoginToken, as ever
//!  change_login_email ──▶ confirm_changed_login_email
//! ```

use chappe_api::{enums, functions, types};

use super::LoginToken;
use crate::client::Client;
use crate::error::{Error, ErrorKind};

/// A code is on its way to a mail address, to show whose it is.
///
/// ```no_run
/// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
/// let sent = client.change_login_email("alice@example.org").await?;
/// println!("look for {:?} digits at {}", sent.code_length, sent.pattern);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct EmailCode {
    /// The address, mostly hidden.
    pub pattern: String,
    /// How many digits the code has.
    pub code_length: Option<u32>,
}

impl From<types::account::SentEmailCode> for EmailCode {
    fn from(sent: types::account::SentEmailCode) -> Self {
        Self { pattern: sent.email_pattern, code_length: u32::try_from(sent.length).ok() }
    }
}

fn setup(token: &LoginToken) -> enums::EmailVerifyPurpose {
    types::EmailVerifyPurposeLoginSetup {
        phone_number: token.phone.clone(),
        phone_code_hash: token.phone_code_hash.clone(),
    }
    .into()
}

fn typed(code: &str) -> enums::EmailVerification {
    types::EmailVerificationCode { code: code.trim().to_owned() }.into()
}

impl Client {
    /// Gives a login the mail address that it lacks ([`CodeDelivery::EmailRequired`](crate::CodeDelivery::EmailRequired)): a
    /// code goes there, to be shown by [`confirm_login_email`](Self::confirm_login_email).
    ///
    /// ```no_run
    /// use chappe::CodeDelivery;
    ///
    /// # async fn run(client: chappe::Client, mail: String) -> Result<(), chappe::Error> {
    /// let mut token = client.request_login_code("+9996612345").await?;
    /// if token.delivery == CodeDelivery::EmailRequired {
    ///     client.set_up_login_email(&token, "alice@example.org").await?;
    ///     token = client.confirm_login_email(&token, &mail).await?; // the code that is in the mail
    /// }
    /// println!("now the login code: {:?}", token.delivery);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses: `EMAIL_INVALID`, `EMAIL_NOT_ALLOWED`, `PHONE_HASH_EXPIRED` …
    pub async fn set_up_login_email(&self, token: &LoginToken, address: &str) -> Result<EmailCode, Error> {
        let request =
            functions::account::SendVerifyEmailCode { purpose: setup(token), email: address.to_owned() };
        Ok(self.invoke(request).await?.into())
    }

    /// Shows the code of [`set_up_login_email`](Self::set_up_login_email). The login goes on with the token that this
    /// returns: its code is another one.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, token: chappe::LoginToken) -> Result<(), chappe::Error> {
    /// match client.confirm_login_email(&token, "123456").await {
    ///     Ok(token) => println!("now the login code: {:?}", token.delivery),
    ///     Err(error) if error.is("CODE_INVALID") => println!("there is a wrong digit in it"),
    ///     Err(error) => return Err(error),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses: `CODE_INVALID`, `EMAIL_VERIFY_EXPIRED` …
    pub async fn confirm_login_email(&self, token: &LoginToken, code: &str) -> Result<LoginToken, Error> {
        let request = functions::account::VerifyEmail { purpose: setup(token), verification: typed(code) };
        match self.invoke(request).await? {
            enums::account::EmailVerified::Login(verified) => {
                self.code_sent(&token.phone, verified.sent_code).await
            }
            enums::account::EmailVerified::Verified(_) => {
                Err(Error::new(ErrorKind::Protocol, "the server did not go on with the login"))
            }
        }
    }

    /// For who cannot read the mail with the login code: after some days codes go to the number again, and after none if
    /// the server does not make them wait. Until then the code in the mail stays good.
    ///
    /// ```no_run
    /// use chappe::CodeDelivery;
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let token = client.request_login_code("+9996612345").await?;
    /// match client.reset_login_email(&token).await {
    ///     Ok(token) if token.delivery == CodeDelivery::Email => println!("come back in some days"),
    ///     Ok(token) => println!("a code is on its way: {:?}", token.delivery),
    ///     Err(error) if error.is("TASK_ALREADY_EXISTS") => println!("that was asked for already"),
    ///     Err(error) => return Err(error),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses: `TASK_ALREADY_EXISTS` …
    pub async fn reset_login_email(&self, token: &LoginToken) -> Result<LoginToken, Error> {
        let request = functions::auth::ResetLoginEmail {
            phone_number: token.phone.clone(),
            phone_code_hash: token.phone_code_hash.clone(),
        };
        let sent = self.invoke(request).await?;
        self.code_sent(&token.phone, sent).await
    }

    /// Has login codes go to another mail address, once [`confirm_changed_login_email`](Self::confirm_changed_login_email) has
    /// shown the code that is sent there. Only an account that has such an address can change it.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, mail: String) -> Result<(), chappe::Error> {
    /// client.change_login_email("alice@example.com").await?;
    /// let address = client.confirm_changed_login_email(&mail).await?; // the code that is in the mail
    /// assert_eq!(address, "alice@example.com");
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses: `EMAIL_NOT_SETUP`, `EMAIL_INVALID` …
    pub async fn change_login_email(&self, address: &str) -> Result<EmailCode, Error> {
        let purpose = enums::EmailVerifyPurpose::LoginChange;
        let request = functions::account::SendVerifyEmailCode { purpose, email: address.to_owned() };
        Ok(self.invoke(request).await?.into())
    }

    /// Shows the code of [`change_login_email`](Self::change_login_email); returns the address.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// println!("codes go to {} now", client.confirm_changed_login_email("123456").await?);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses: `CODE_INVALID`, `EMAIL_VERIFY_EXPIRED` …
    pub async fn confirm_changed_login_email(&self, code: &str) -> Result<String, Error> {
        let purpose = enums::EmailVerifyPurpose::LoginChange;
        let request = functions::account::VerifyEmail { purpose, verification: typed(code) };
        Ok(match self.invoke(request).await? {
            enums::account::EmailVerified::Verified(verified) => verified.email,
            enums::account::EmailVerified::Login(verified) => verified.email.clone(),
        })
    }
}
