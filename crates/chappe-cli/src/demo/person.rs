//! Somebody with an account, a connection and an ear for what happens.

use std::time::Duration;

use chappe::secret::SecretEvent;
use chappe::types::User;
use chappe::{Client, DataCentres, MemorySession, SignIn};
use chappe_server::Server;

use crate::failure::Failure;

/// How long anything may take before the demonstration gives up.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// Alice or Bob.
pub(crate) struct Person {
    pub(crate) client: Client,
    pub(crate) user: User,
    pub(crate) name: &'static str,
    pub(crate) phone: &'static str,
    events: chappe::SecretEvents,
}

impl Person {
    /// Connects over TCP, logs in by phone and makes the account.
    pub(crate) async fn log_in(
        server: &Server,
        name: &'static str,
        phone: &'static str,
    ) -> Result<Self, Failure> {
        let context = |failure: Failure| failure.context(format_args!("{name} logs in"));
        let client = Client::builder(4242, "demo")
            .session(MemorySession::new())
            .data_centres(DataCentres::single(server.address(), server.dc_id(), server.public_key().clone()))
            .connect()
            .await
            .map_err(|error| context(error.into()))?;
        let events = client.secret_events();
        let user = Self::sign_in(server, &client, name, phone).await.map_err(context)?;
        Ok(Self { client, user, name, phone, events })
    }

    async fn sign_in(server: &Server, client: &Client, name: &str, phone: &str) -> Result<User, Failure> {
        let token = client.request_login_code(phone).await?;
        let code = server.login_code(phone).ok_or_else(|| Failure::new("the server knows no login code"))?;
        match client.sign_in(&token, &code).await? {
            SignIn::Done(user) => Ok(*user),
            SignIn::SignUpRequired { .. } => Ok(client.sign_up(&token, name, "").await?),
            _ => Err(Failure::new("a fresh account cannot have a password")),
        }
    }

    /// Waits for an event that `pick` makes something of; others pass by.
    pub(crate) async fn wait_for<T>(
        &mut self,
        what: &str,
        mut pick: impl FnMut(SecretEvent) -> Option<T>,
    ) -> Result<T, Failure> {
        let wait = async {
            loop {
                match self.events.recv().await {
                    None => return Err(Failure::new(format!("{} was disconnected", self.name))),
                    Some(SecretEvent::ChatClosed { reason, .. }) => {
                        return Err(Failure::new(format!(
                            "{}'s side closed the chat while waiting for {what}: {reason:?}",
                            self.name
                        )));
                    }
                    Some(event) => {
                        tracing::debug!(person = self.name, ?event);
                        if let Some(found) = pick(event) {
                            return Ok(found);
                        }
                    }
                }
            }
        };
        match tokio::time::timeout(PATIENCE, wait).await {
            Ok(outcome) => outcome,
            Err(_) => {
                let seconds = PATIENCE.as_secs();
                Err(Failure::new(format!("{} saw no {what} within {seconds} s", self.name)))
            }
        }
    }
}
