//! What an account does without a client: for worlds that a test begins with, and for tests that need somebody to talk to.

use chappe_api::{enums, functions, types};
use chappe_crypto::srp::SrpAlgorithm;
use chappe_mtproto::rpc::RpcError;
use chappe_mtproto::session::{MsgId, SessionId};
use chappe_tl::{Decode, Function};
use rand::RngExt;
use zeroize::Zeroizing;

use crate::accounts::Account;
use crate::call::{Call, Environment};
use crate::edge;
use crate::error::ServerError;
use crate::limits::HINT_LEN;
use crate::methods::errors::{bad_request, internal, unregistered};
use crate::methods::{self, Registry};
use crate::server::Server;
use crate::store::NewPassword;

impl Server {
    /// Does what the account's own device would do with this call, without a connection: no fault meets it, nothing
    /// counts it, and everybody else hears of it as usual. Typed in the newest layer.
    ///
    /// ```
    /// # async fn example(server: &chappe_server::Server) -> Result<(), Box<dyn std::error::Error>> {
    /// use chappe_api::functions::account::UpdateUsername;
    ///
    /// let alice = server.user("alice").await?;
    /// server.call(&alice, &UpdateUsername { username: "alice_liddell".into() }).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// What the client would be told.
    pub async fn call<F: Function>(&self, account: &Account, call: &F) -> Result<F::Response, RpcError> {
        let query = call.to_bytes().map_err(|_| bad_request("INPUT_REQUEST_TOO_LONG"))?;
        let answer = self.call_raw(account, &query).await?;
        F::Response::from_bytes(&answer).map_err(|error| {
            tracing::error!(%error, "an answer could not be read");
            internal()
        })
    }

    /// The same with the bytes of a call, and of its result.
    ///
    /// # Errors
    /// As for [`Server::call`].
    pub async fn call_raw(&self, account: &Account, query: &[u8]) -> Result<Vec<u8>, RpcError> {
        let world = &self.world;
        let id = edge::id(query);
        let invalid = || bad_request(&format!("INPUT_METHOD_INVALID_{id}"));
        let registry = Registry::get();
        let name = registry.name(id).ok_or_else(invalid)?;
        let method = methods::find(id).ok_or_else(|| bad_request("METHOD_NOT_IMPLEMENTED"))?;
        if account.is_bot && registry.is_user_only(name) {
            return Err(bad_request("BOT_METHOD_INVALID"));
        }
        if !account.is_bot && registry.is_bot_only(name) {
            return Err(bad_request("USER_BOT_REQUIRED"));
        }
        let device = account.session.auth_key.id().0;
        let key = world.key(device).await?.ok_or_else(unregistered)?;
        let authorization = world.store.authorization(device).await?.ok_or_else(unregistered)?;
        world.keys.note_user(device, authorization.user_id);
        let at = &account.session;
        let home = world.centres.home(at.dc_id);
        let environment =
            Environment { this_dc: at.dc_id, home, at_cdn: false, test_mode: false, address: at.address };
        let call = Call::new(
            (world.clone(), key),
            (SessionId(0), MsgId(0)),
            device,
            Some(authorization),
            (environment, name),
        );
        let result = method.execute(&call, query).await;
        world.tell(call.take_after());
        result
    }

    /// Somebody as an account has to name them in its calls.
    pub fn input_user(&self, viewer: &Account, user_id: i64) -> types::InputUser {
        types::InputUser { user_id, access_hash: self.world.access.user(viewer.user_id, user_id) }
    }

    /// The same where a chat is asked for.
    pub fn input_peer(&self, viewer: &Account, user_id: i64) -> types::InputPeerUser {
        types::InputPeerUser { user_id, access_hash: self.world.access.user(viewer.user_id, user_id) }
    }

    /// A channel or supergroup as an account has to name it.
    pub fn input_channel(&self, viewer: &Account, channel_id: i64) -> types::InputChannel {
        let access_hash = self.world.access.channel(viewer.user_id, channel_id);
        types::InputChannel { channel_id, access_hash }
    }

    /// Writes to somebody, as an account would by `messages.sendMessage`.
    ///
    /// # Errors
    /// As for [`Server::call`].
    pub async fn send_text(&self, from: &Account, to: i64, text: &str) -> Result<enums::Updates, RpcError> {
        let random_id = self.world.rng.with(|rng| rng.random_range(1..=i64::MAX));
        let message = functions::messages::SendMessage {
            no_webpage: false,
            silent: false,
            background: false,
            clear_draft: false,
            noforwards: false,
            update_stickersets_order: false,
            invert_media: false,
            allow_paid_floodskip: false,
            peer: self.input_peer(from, to).into(),
            reply_to: None,
            message: text.to_owned(),
            random_id,
            reply_markup: None,
            entities: None,
            schedule_date: None,
            schedule_repeat_period: None,
            send_as: None,
            quick_reply_shortcut: None,
            effect: None,
            allow_paid_stars: None,
            suggested_post: None,
            rich_message: None,
        };
        self.call(from, &message).await
    }

    /// Sets the password of two-step verification, whatever it was before; the empty one removes it. Takes a tenth of a
    /// second.
    ///
    /// # Errors
    /// [`ServerError::Account`] for a bot or a hint of more than 255 characters, [`ServerError::Storage`].
    pub async fn set_password(
        &self,
        account: &Account,
        password: &str,
        hint: &str,
    ) -> Result<(), ServerError> {
        let refuse = |reason| ServerError::Account { name: account.name.clone(), reason };
        if account.is_bot {
            return Err(refuse("bots have no password"));
        }
        if hint.chars().count() > HINT_LEN {
            return Err(refuse("a hint has at most 255 characters"));
        }
        if password.is_empty() {
            return Ok(self.world.store.remove_password(account.user_id).await?);
        }
        let mut rng = self.world.rng.fork();
        let (salt1, salt2) = self.world.access.password_salts(account.user_id);
        let algorithm = SrpAlgorithm::for_new_password(&salt1, &salt2, self.world.dh.clone(), &mut rng);
        let password = Zeroizing::new(password.as_bytes().to_vec());
        let made = tokio::task::spawn_blocking(move || {
            let verifier = algorithm.verifier(&password).to_vec();
            (algorithm, verifier)
        });
        let (algorithm, verifier) =
            made.await.map_err(|error| ServerError::Storage { reason: error.to_string() })?;
        let new = NewPassword {
            version: i64::from_le_bytes(self.world.rng.bytes()),
            salt1: algorithm.salt1().to_vec(),
            salt2: algorithm.salt2().to_vec(),
            verifier,
            hint: hint.to_owned(),
        };
        Ok(self.world.store.set_password(account.user_id, &new, None).await?)
    }
}
