//! Binding a temporary key to the permanent one, as a call that is written when its id is known.

use std::sync::Arc;

use chappe_crypto::{AuthKey, CryptoRng};

use super::calls::Pending;
use super::{CallId, CallOptions, ClientSession, random_i64};
use crate::rpc::bind::{self, Binding};
use crate::session::MsgId;

/// What a binding is made of anew for each id that it is sent under.
#[derive(Clone, Debug)]
pub(super) struct Bind {
    perm_key: AuthKey,
    expires_at: i32,
}

impl ClientSession {
    /// Binds the key of this session, a temporary one, to `perm_key` (`auth.bindTempAuthKey`). `expires_at` is when the
    /// temporary key ends, in Unix seconds of the server:
    /// [`NewAuthKey::expires_at`](crate::exchange::NewAuthKey::expires_at).
    ///
    /// The outcome is an [`Event::Response`](super::Event::Response) with a TL `Bool` or the server's error, or an
    /// [`Event::Failed`](super::Event::Failed). The call travels in a packet of its own, and other calls wait until it is
    /// answered, because the server would refuse them; after an error they go out all the same. The message inside it
    /// names the id and the session it is sent under, so it is made when it is sent, and made again whenever one of
    /// them changes. Binding twice is harmless, so the call repeats itself where the server cannot tell whether it was
    /// executed.
    ///
    /// After a success the server takes this for a new client: send `initConnection` again.
    ///
    /// Source: <https://core.telegram.org/api/pfs>
    pub fn bind(&mut self, perm_key: &AuthKey, expires_at: i32) -> CallId {
        self.next_call += 1;
        let call = CallId(self.next_call);
        let options = CallOptions { repeatable: true, ..CallOptions::default() };
        let bind = Box::new(Bind { perm_key: perm_key.clone(), expires_at });
        self.calls.insert(call, Pending { bind: Some(bind), ..Pending::new(Arc::default(), options) });
        self.queue.insert(call);
        self.binds.insert(call);
        call
    }

    /// Writes the call if it is a binding, to be sent under `msg_id`.
    pub(super) fn write_bind(&mut self, call: CallId, msg_id: MsgId, rng: &mut impl CryptoRng) {
        let (temp_auth_key_id, temp_session_id) = (self.config.auth_key.id(), self.session_id);
        let Some(pending) = self.calls.get_mut(&call) else { return };
        let Some(bind) = &pending.bind else { return };
        let nonce = random_i64(rng);
        let expires_at = bind.expires_at;
        let binding = Binding { nonce, temp_auth_key_id, temp_session_id, msg_id, expires_at };
        // The only error is a length that is fixed here.
        pending.body = bind::call(&bind.perm_key, &binding, rng).unwrap_or_default().into();
    }

    /// Takes a binding that is to be sent.
    pub(super) fn take_queued_bind(&mut self) -> Option<CallId> {
        let call = self.binds.iter().find(|call| self.queue.contains(call)).copied()?;
        self.queue.remove(&call);
        Some(call)
    }
}
