//! The devices that are logged in to the account.

use chappe_api::{functions, types};

use crate::client::Client;
use crate::error::Error;

impl Client {
    /// The devices that are logged in, this one among them (`current`).
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// for session in client.sessions().await? {
    ///     println!("{} {} {}", session.device_model, session.app_name, if session.current { "(this one)" } else { "" });
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`Error::is_unauthorized`] if nobody is logged in.
    pub async fn sessions(&self) -> Result<Vec<types::Authorization>, Error> {
        Ok(self.invoke(functions::account::GetAuthorizations {}).await?.authorizations)
    }

    /// Logs another device out; `hash` is the one of [`Client::sessions`]. For this one there is [`Client::log_out`].
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// // Those that nobody has used for three months.
    /// let long_ago = client.server_time().await - 90 * 86_400;
    /// for session in client.sessions().await? {
    ///     if !session.current && i64::from(session.date_active) < long_ago {
    ///         client.end_session(session.hash).await?;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses: `HASH_INVALID` (there is no such device), `FRESH_RESET_AUTHORISATION_FORBIDDEN` (this one logged in less than a
    /// day ago) …
    pub async fn end_session(&self, hash: i64) -> Result<(), Error> {
        self.invoke(functions::account::ResetAuthorization { hash }).await?;
        Ok(())
    }

    /// Logs all other devices out.
    ///
    /// ```no_run
    /// # async fn run(client: chappe::Client) -> Result<(), chappe::Error> {
    /// client.end_other_sessions().await?;
    /// assert_eq!(client.sessions().await?.len(), 1);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The server refuses: `FRESH_RESET_AUTHORISATION_FORBIDDEN` (this one logged in less than a day ago) …
    pub async fn end_other_sessions(&self) -> Result<(), Error> {
        self.invoke(functions::auth::ResetAuthorizations {}).await?;
        Ok(())
    }
}
