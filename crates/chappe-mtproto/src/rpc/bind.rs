//! `auth.bindTempAuthKey`: proof that the owner of a permanent key wants a temporary one to act for it.
//!
//! The temporary key signs nothing. Instead a small message, encrypted under the permanent key in the way of MTProto
//! 1.0, names both keys, the session and the msg_id of the very message that carries it.
//!
//! Source: <https://core.telegram.org/method/auth.bindTempAuthKey>

use chappe_crypto::message::v1;
use chappe_crypto::{AuthKey, AuthKeyId, CryptoRng, Role};
use chappe_tl::{Reader, Writer};
use zeroize::Zeroizing;

use super::RpcError;
use crate::session::{MsgId, SessionId};

/// `bind_auth_key_inner#75a3f765 nonce:long temp_auth_key_id:long perm_auth_key_id:long temp_session_id:long
/// expires_at:int = BindAuthKeyInner`
const BIND_AUTH_KEY_INNER: u32 = 0x75a3_f765;
/// `auth.bindTempAuthKey#cdd42a05 perm_auth_key_id:long nonce:long expires_at:int encrypted_message:bytes = Bool`
pub const BIND_TEMP_AUTH_KEY: u32 = 0xcdd4_2a05;

const INNER_LEN: usize = 40;
const HEADER_LEN: usize = 32;
const PLAIN_LEN: usize = HEADER_LEN + INNER_LEN;
const PADDED_LEN: usize = 80;
/// Length of `encrypted_message` in bytes.
pub const ENCRYPTED_LEN: usize = 24 + PADDED_LEN;

/// What is to be bound.
#[derive(Clone, Copy, Debug)]
pub struct Binding {
    /// Random number that comes in both the call and the message.
    pub nonce: i64,
    /// Id of the temporary key.
    pub temp_auth_key_id: AuthKeyId,
    /// The session, under the temporary key, that makes the call.
    pub temp_session_id: SessionId,
    /// The msg_id of the call.
    pub msg_id: MsgId,
    /// Unix time of the server at which the temporary key expires, in seconds.
    pub expires_at: i32,
}

/// Makes `encrypted_message` for a binding to `perm_key`.
///
/// # Errors
/// Never in practice; the cipher reports lengths that do not occur here.
pub fn encrypted_message(
    perm_key: &AuthKey,
    binding: &Binding,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, chappe_crypto::Error> {
    let (mut random, mut padding) = ([0; 16], [0; PADDED_LEN - PLAIN_LEN]);
    rng.fill_bytes(&mut random);
    rng.fill_bytes(&mut padding);
    encrypt(perm_key, binding, &random, &padding)
}

fn encrypt(
    perm_key: &AuthKey,
    binding: &Binding,
    random: &[u8; 16],
    padding: &[u8; PADDED_LEN - PLAIN_LEN],
) -> Result<Vec<u8>, chappe_crypto::Error> {
    let mut writer = Writer::new();
    writer.raw(random);
    writer.i64(binding.msg_id.0);
    writer.i32(0);
    writer.i32(INNER_LEN as i32);
    writer.u32(BIND_AUTH_KEY_INNER);
    writer.i64(binding.nonce);
    writer.i64(binding.temp_auth_key_id.0);
    writer.i64(perm_key.id().0);
    writer.i64(binding.temp_session_id.0);
    writer.i32(binding.expires_at);
    writer.raw(padding);
    let mut data = Zeroizing::new(writer.into_inner());
    let msg_key = v1::seal(perm_key.as_bytes(), Role::Initiator, &mut data, PLAIN_LEN)?;
    let mut out = Vec::with_capacity(ENCRYPTED_LEN);
    out.extend_from_slice(&perm_key.id().to_le_bytes());
    out.extend_from_slice(&msg_key.0);
    out.extend_from_slice(&data);
    Ok(out)
}

/// The whole call. It has to be sent with the temporary key under [`Binding::msg_id`].
///
/// # Errors
/// As [`encrypted_message`].
pub fn call(
    perm_key: &AuthKey,
    binding: &Binding,
    rng: &mut impl CryptoRng,
) -> Result<Vec<u8>, chappe_crypto::Error> {
    let message = encrypted_message(perm_key, binding, rng)?;
    let mut writer = Writer::new();
    writer.u32(BIND_TEMP_AUTH_KEY);
    writer.i64(perm_key.id().0);
    writer.i64(binding.nonce);
    writer.i32(binding.expires_at);
    writer.bytes(&message);
    Ok(writer.into_inner())
}

/// The server's side: everything the message has to agree with.
#[derive(Clone, Copy, Debug)]
pub struct Verify<'a> {
    /// The permanent key that `perm_auth_key_id` of the call names; the caller has found it and made sure that it is
    /// permanent.
    pub perm_key: &'a AuthKey,
    /// The binding as the call and the message around it claim it. `temp_auth_key_id`, `temp_session_id` and
    /// `msg_id` come from the outer message.
    pub binding: Binding,
    /// When the temporary key expires by itself, in Unix seconds.
    pub temp_key_expires_at: i64,
    /// The server's time in Unix seconds.
    pub now: i64,
    /// The permanent key to which the temporary one is bound already.
    pub bound_to: Option<AuthKeyId>,
}

/// Why a binding is refused. Each is answered as the error of the same name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BindError {
    /// The inner message is not what it must be.
    #[error("ENCRYPTED_MESSAGE_INVALID")]
    EncryptedMessageInvalid,
    /// `expires_at` is in the past or beyond the life of the temporary key.
    #[error("EXPIRES_AT_INVALID")]
    ExpiresAtInvalid,
    /// The temporary key belongs to another permanent key.
    #[error("TEMP_AUTH_KEY_ALREADY_BOUND")]
    AlreadyBound,
}

impl From<BindError> for RpcError {
    fn from(error: BindError) -> Self {
        Self::new(400, &error.to_string())
    }
}

impl Verify<'_> {
    /// Checks `encrypted_message` against all of this.
    ///
    /// # Errors
    /// The binding must not be made.
    pub fn check(&self, encrypted_message: &[u8]) -> Result<(), BindError> {
        let inner = self.decrypt(encrypted_message).ok_or(BindError::EncryptedMessageInvalid)?;
        let expected = Binding { ..self.binding };
        let agrees = inner.nonce == expected.nonce
            && inner.temp_auth_key_id == expected.temp_auth_key_id
            && inner.temp_session_id == expected.temp_session_id
            && inner.msg_id == expected.msg_id
            && inner.expires_at == expected.expires_at;
        if !agrees {
            return Err(BindError::EncryptedMessageInvalid);
        }
        let expires_at = i64::from(inner.expires_at);
        // Clients count the life of the key from their own receipt of the answer: allow for the journey.
        if expires_at <= self.now || expires_at > self.temp_key_expires_at.saturating_add(60) {
            return Err(BindError::ExpiresAtInvalid);
        }
        match self.bound_to {
            Some(other) if other != self.perm_key.id() => Err(BindError::AlreadyBound),
            _ => Ok(()),
        }
    }

    fn decrypt(&self, encrypted_message: &[u8]) -> Option<Binding> {
        let message: &[u8; ENCRYPTED_LEN] = encrypted_message.try_into().ok()?;
        let (key_id, rest) = message.split_first_chunk::<8>()?;
        let (msg_key, data) = rest.split_first_chunk::<16>()?;
        if AuthKeyId::from_le_bytes(*key_id) != self.perm_key.id() {
            return None;
        }
        let mut data = Zeroizing::new(data.to_vec());
        let len = v1::open(self.perm_key.as_bytes(), Role::Initiator, msg_key, &mut data, |plain| {
            let len = plain.get(28..32)?.first_chunk()?;
            (i32::from_le_bytes(*len) == INNER_LEN as i32).then_some(PLAIN_LEN)
        })
        .ok()?;
        let mut reader = Reader::new(data.get(16..len)?);
        let msg_id = MsgId(reader.i64().ok()?);
        let (seq_no, _len) = (reader.i32().ok()?, reader.i32().ok()?);
        reader.expect_id(BIND_AUTH_KEY_INNER).ok()?;
        let nonce = reader.i64().ok()?;
        let temp_auth_key_id = AuthKeyId(reader.i64().ok()?);
        let perm_auth_key_id = AuthKeyId(reader.i64().ok()?);
        let temp_session_id = SessionId(reader.i64().ok()?);
        let expires_at = reader.i32().ok()?;
        reader.finish().ok()?;
        (seq_no == 0 && perm_auth_key_id == self.perm_key.id()).then_some(Binding {
            nonce,
            temp_auth_key_id,
            temp_session_id,
            msg_id,
            expires_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand_chacha::ChaCha20Rng;
    use rand_chacha::rand_core::SeedableRng;
    use serde_json::Value;

    fn hex(value: &Value) -> Vec<u8> {
        let text = value.as_str().unwrap();
        (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect()
    }

    fn vector() -> (Value, AuthKey, Binding) {
        let vector: Value =
            serde_json::from_str(include_str!("../../tests/vectors/bind_temp_auth_key.json")).unwrap();
        let perm = AuthKey::from_slice(&hex(&vector["perm_auth_key"])).unwrap();
        let temp = AuthKey::from_slice(&hex(&vector["temp_auth_key"])).unwrap();
        let binding = Binding {
            nonce: vector["nonce"].as_i64().unwrap(),
            temp_auth_key_id: temp.id(),
            temp_session_id: SessionId(vector["temp_session_id"].as_i64().unwrap()),
            msg_id: MsgId(vector["msg_id"].as_i64().unwrap()),
            expires_at: i32::try_from(vector["expires_at"].as_i64().unwrap()).unwrap(),
        };
        (vector, perm, binding)
    }

    fn verify<'a>(perm_key: &'a AuthKey, binding: &Binding) -> Verify<'a> {
        let expires_at = i64::from(binding.expires_at);
        Verify {
            perm_key,
            binding: *binding,
            temp_key_expires_at: expires_at,
            now: expires_at - 100,
            bound_to: None,
        }
    }

    #[test]
    fn the_known_message_is_made_and_verified() {
        let (vector, perm, binding) = vector();
        let random: [u8; 16] = hex(&vector["random_int128"]).try_into().unwrap();
        let padding: [u8; 8] = hex(&vector["padding"]).try_into().unwrap();
        let made = encrypt(&perm, &binding, &random, &padding).unwrap();
        assert_eq!(made, hex(&vector["encrypted_message"]));
        assert_eq!(verify(&perm, &binding).check(&made), Ok(()));
    }

    #[test]
    fn every_field_is_checked() {
        let (_, perm, binding) = vector();
        let mut rng = ChaCha20Rng::seed_from_u64(1);
        let message = encrypted_message(&perm, &binding, &mut rng).unwrap();
        let good = verify(&perm, &binding);
        assert_eq!(good.check(&message), Ok(()));
        let invalid = Err(BindError::EncryptedMessageInvalid);
        for other in [
            Binding { nonce: 1, ..binding },
            Binding { temp_auth_key_id: AuthKeyId(1), ..binding },
            Binding { temp_session_id: SessionId(1), ..binding },
            Binding { msg_id: MsgId(4), ..binding },
            Binding { expires_at: binding.expires_at - 1, ..binding },
        ] {
            assert_eq!(verify(&perm, &other).check(&message), invalid, "{other:?}");
        }
        let other_key = AuthKey::new([3; 256]);
        assert_eq!(verify(&other_key, &binding).check(&message), invalid);
        for at in 0..message.len() - 8 {
            let mut forged = message.clone();
            forged[at] ^= 1;
            assert_eq!(good.check(&forged), invalid, "byte {at}");
        }
        for len in 0..message.len() {
            assert_eq!(good.check(&message[..len]), invalid);
        }
        let late = Verify { now: i64::from(binding.expires_at), ..good };
        assert_eq!(late.check(&message), Err(BindError::ExpiresAtInvalid));
        let short_lived = Verify { temp_key_expires_at: i64::from(binding.expires_at) - 61, ..good };
        assert_eq!(short_lived.check(&message), Err(BindError::ExpiresAtInvalid));
        let bound = Verify { bound_to: Some(AuthKeyId(1)), ..good };
        assert_eq!(bound.check(&message), Err(BindError::AlreadyBound));
        assert_eq!(
            Verify { bound_to: Some(perm.id()), ..good }.check(&message),
            Ok(()),
            "binding again is harmless"
        );
        assert_eq!(RpcError::from(BindError::AlreadyBound).text(), "TEMP_AUTH_KEY_ALREADY_BOUND");
    }
}
