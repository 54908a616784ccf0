//! Connecting and logging in.

use chappe::secret::SecretChatId;
use chappe::{DataCentres, LoginToken, RsaPublicKey, SignIn, StringSession};
use wasm_bindgen::prelude::*;

use crate::{Chat, Events};

/// A connection, logged in or not.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Client {
    client: chappe::Client,
    session: StringSession,
}

#[wasm_bindgen]
impl Client {
    /// Connects to a server (`HOST:PORT`) by its data centre's number and its public key as PEM, over a WebSocket:
    /// `wss` if the port is 443, `ws` otherwise. `session` is a text that [`Client::session`] gave.
    ///
    /// # Errors
    /// The server cannot be reached or has another key; the key or the session cannot be read.
    pub async fn connect(
        server: String,
        dc_id: i32,
        key: String,
        session: Option<String>,
    ) -> Result<Client, JsError> {
        let address: chappe::Address = server.parse()?;
        let key = RsaPublicKey::from_pem(&key)?;
        let session = session.map_or_else(|| Ok(StringSession::new()), |text| text.parse())?;
        let client = chappe::Client::builder(1, "chappe-web")
            .data_centres(DataCentres::single(address, dc_id, key))
            .session(session.clone())
            .connect()
            .await?;
        Ok(Self { client, session })
    }

    /// Whether somebody is logged in.
    ///
    /// # Errors
    /// The server cannot be asked.
    pub async fn is_authorized(&self) -> Result<bool, JsError> {
        Ok(self.client.is_authorized().await?)
    }

    /// Has a login code sent.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn request_code(&self, phone: String) -> Result<Login, JsError> {
        let token = self.client.request_login_code(&phone).await?;
        Ok(Login { client: self.client.clone(), token })
    }

    /// The login as a text: whoever has it is the user. `undefined` before a key was agreed on.
    pub fn session(&self) -> Option<String> {
        self.session.export().map(|text| text.to_string())
    }

    /// What happens in secret chats from now on.
    pub fn events(&self) -> Events {
        Events::new(self.client.secret_events())
    }

    /// Asks somebody for a secret chat.
    ///
    /// # Errors
    /// The number has no account, or the server refuses.
    pub async fn start_chat(&self, phone: String) -> Result<Chat, JsError> {
        let user = self.client.resolve_phone(&phone).await?;
        Ok(Chat::new(self.client.secret_chats().start(&user).await?))
    }

    /// Accepts a secret chat that somebody asks for.
    ///
    /// # Errors
    /// Nobody asks for it any more, or the server refuses.
    pub async fn accept_chat(&self, chat: i32) -> Result<Chat, JsError> {
        Ok(Chat::new(self.client.secret_chats().accept(SecretChatId(chat)).await?))
    }

    /// Ends the connection.
    ///
    /// # Errors
    /// The session cannot be closed.
    pub async fn disconnect(&self) -> Result<(), JsError> {
        Ok(self.client.disconnect().await?)
    }
}

/// A login for which a code is on its way.
#[wasm_bindgen]
#[derive(Debug)]
pub struct Login {
    client: chappe::Client,
    token: LoginToken,
}

#[wasm_bindgen]
impl Login {
    /// Logs in with the code. `"done"`, or what is needed next: `"password"`, `"sign_up"`, or `"other"` for what this page does not know.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn sign_in(&self, code: String) -> Result<String, JsError> {
        let next = match self.client.sign_in(&self.token, &code).await? {
            SignIn::Done(_) => "done",
            SignIn::PasswordRequired { .. } => "password",
            SignIn::SignUpRequired { .. } => "sign_up",
            _ => "other",
        };
        Ok(next.to_owned())
    }

    /// Completes the login with the account's password.
    ///
    /// # Errors
    /// It is the wrong one.
    pub async fn check_password(&self, password: String) -> Result<(), JsError> {
        self.client.check_password(&password).await?;
        Ok(())
    }

    /// Makes an account.
    ///
    /// # Errors
    /// The server refuses.
    pub async fn sign_up(&self, first_name: String, last_name: String) -> Result<(), JsError> {
        self.client.sign_up(&self.token, &first_name, &last_name).await?;
        Ok(())
    }
}
