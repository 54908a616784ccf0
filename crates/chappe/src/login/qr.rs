//! Logging in by a picture that another device of the user reads.
//!
//! ```text
//!  this device                          the user's other device
//!  export ──▶ token, shown as a picture ──▶ accept
//!  told by an update, or when the token ends: export again ──▶ Done, or another token, or another data centre
//! ```
//!
//! Source: <https://core.telegram.org/api/qr-login>

use std::fmt;
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chappe_api::{enums, functions, types};

use super::SignIn;
use crate::client::Client;
use crate::error::{Error, ErrorKind, InvokeError};
use crate::limits;
use crate::rt;

/// What the picture says: whoever accepts it logs this device in. Printing it with `{:?}` shows nothing of it.
///
/// ```no_run
/// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
/// client
///     .sign_in_by_qr(&[], |token| println!("{} (good until {})", token.url(), token.expires_at))
///     .await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, PartialEq, Eq)]
pub struct QrToken {
    token: Vec<u8>,
    /// When it ends, in Unix seconds of the server.
    pub expires_at: i64,
}

/// What became of a request for a token.
///
/// ```no_run
/// use chappe::{SignIn, login::QrLogin};
///
/// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
/// match client.export_login_token(&[]).await? {
///     QrLogin::Show(token) => println!("show {}, and ask again when it was read", token.url()),
///     QrLogin::SignIn(SignIn::Done(me)) => println!("{} has read it", me.id),
///     more => println!("{more:?}"),
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum QrLogin {
    /// Show this one.
    Show(QrToken),
    /// One was accepted: the user is logged in, or the password is due.
    SignIn(SignIn),
}

/// What the text in the picture begins with.
const LINK: &str = "tg://login?token=";

impl QrToken {
    /// The text to be shown as a QR code.
    ///
    /// ```no_run
    /// use chappe::login::QrLogin;
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// if let QrLogin::Show(token) = client.export_login_token(&[]).await? {
    ///     println!("{}", token.url()); // tg://login?token=…: make a QR code of it
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn url(&self) -> String {
        format!("{LINK}{}", URL_SAFE_NO_PAD.encode(&self.token))
    }
}

impl fmt::Debug for QrToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("QrToken").field("expires_at", &self.expires_at).finish_non_exhaustive()
    }
}

impl Client {
    /// Logs in by QR codes: calls `show` with a token whenever the one before has ended, until one was accepted.
    ///
    /// Dropping the future gives the login up.
    ///
    /// ```no_run
    /// use chappe::SignIn;
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// let outcome = client.sign_in_by_qr(&[], |token| println!("show this as a QR code: {}", token.url())).await?;
    /// if let SignIn::PasswordRequired { .. } = outcome {
    ///     client.check_password("correct horse").await?;
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// `except` are users who must not log in, because they are logged in here already.
    ///
    /// # Errors
    /// The server refuses: `API_ID_INVALID` …
    pub async fn sign_in_by_qr(
        &self,
        except: &[i64],
        mut show: impl FnMut(&QrToken),
    ) -> Result<SignIn, Error> {
        let told = self.inner.net.login_token();
        loop {
            // From here on, so that nothing is missed between the answer and the wait.
            let accepted = told.notified();
            let token = match self.export_login_token(except).await? {
                QrLogin::SignIn(outcome) => return Ok(outcome),
                QrLogin::Show(token) => token,
            };
            show(&token);
            let left = token.expires_at.saturating_sub(self.server_time().await);
            let left = Duration::from_secs(u64::try_from(left).unwrap_or_default()).max(limits::MIN_QR_PAUSE);
            // Either way the next answer says what to do.
            drop(rt::timeout(left, accepted).await);
        }
    }

    /// Asks for a token, or for what became of the last one. [`Client::sign_in_by_qr`] does that again and again.
    ///
    /// ```no_run
    /// use chappe::{SignIn, login::QrLogin};
    ///
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// match client.export_login_token(&[]).await? {
    ///     QrLogin::Show(token) => println!("show {} until {}", token.url(), token.expires_at),
    ///     QrLogin::SignIn(SignIn::Done(me)) => println!("{} has read the last one", me.id),
    ///     other => println!("{other:?}"),
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses: `API_ID_INVALID` …
    pub async fn export_login_token(&self, except: &[i64]) -> Result<QrLogin, Error> {
        let config = &self.inner.config;
        let request = functions::auth::ExportLoginToken {
            api_id: config.api_id,
            api_hash: config.api_hash.clone(),
            except_ids: except.to_vec(),
        };
        let mut answer = self.invoke(request).await;
        for _ in 0..limits::MAX_MIGRATIONS {
            let (dc_id, token) = match answer {
                Ok(enums::auth::LoginToken::Token(shown)) => {
                    let types::auth::LoginToken { expires, token } = *shown;
                    return Ok(QrLogin::Show(QrToken { token, expires_at: expires.into() }));
                }
                Ok(enums::auth::LoginToken::Success(success)) => {
                    let user = self.authorized(success.authorization).await?;
                    return Ok(QrLogin::SignIn(SignIn::Done(Box::new(user))));
                }
                Ok(enums::auth::LoginToken::MigrateTo(elsewhere)) => (elsewhere.dc_id, elsewhere.token),
                Err(InvokeError::Rpc(error)) if error.is_password_needed() => {
                    return self.password_required().await.map(QrLogin::SignIn);
                }
                Err(error) => return Err(error.into()),
            };
            self.inner.net.migrate(dc_id).await?;
            answer = self.invoke(functions::auth::ImportLoginToken { token }).await;
        }
        Err(Error::new(ErrorKind::Protocol, "the data centres send the login round in a circle"))
    }

    /// Logs another device in that shows this picture; `url` is the text in it. Returns what that device says of itself.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client, read: String) -> Result<(), chappe::Error> {
    /// // What the camera of this device has read from the screen of another one.
    /// let device = client.accept_login_token(&read).await?;
    /// println!("{} on {} is logged in", device.app_name, device.device_model);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`ErrorKind::Argument`] if it is no such text. The server refuses: `AUTH_TOKEN_EXPIRED`,
    /// `AUTH_TOKEN_ALREADY_ACCEPTED` …
    pub async fn accept_login_token(&self, url: &str) -> Result<types::Authorization, Error> {
        let encoded = url.trim().strip_prefix(LINK).unwrap_or_default().trim_end_matches('=');
        let token =
            URL_SAFE_NO_PAD.decode(encoded).ok().filter(|token| !token.is_empty()).ok_or_else(|| {
                Error::new(
                    ErrorKind::Argument,
                    "this is no login by QR code: it begins with tg://login?token=",
                )
            })?;
        Ok(self.invoke(functions::auth::AcceptLoginToken { token }).await?)
    }
}
