//! Numbers and codes.

use chappe_api::{enums, types};
use chappe_mtproto::rpc::RpcError;
use rand::RngExt;

use crate::call::Call;
use crate::centres::is_elsewhere;
use crate::limits::{CODE_LIFETIME, CODE_TIMEOUT};
use crate::methods::errors::{Answer, bad_phone, bad_request};
use crate::model::{phone, service_account};
use crate::store::{CodeCheck, NewLoginCode};

/// Digits of every code, as announced to the client.
const CODE_LEN: usize = 5;

/// How a code travels. Here they differ in name only: every code is told to whoever asks the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Delivery {
    /// A short message.
    Sms,
    /// A message to the other devices of the account.
    App,
    /// A voice.
    Call,
}

impl Delivery {
    const fn number(self) -> i64 {
        match self {
            Self::Sms => 0,
            Self::App => 1,
            Self::Call => 2,
        }
    }

    /// What follows when a code does not arrive.
    pub(crate) const fn next(number: i64) -> Option<Self> {
        match number {
            0 => Some(Self::Call),
            1 => Some(Self::Sms),
            _ => None,
        }
    }

    fn sent(self) -> enums::auth::SentCodeType {
        const LENGTH: i32 = CODE_LEN as i32;
        match self {
            Self::Sms => types::auth::SentCodeTypeSms { length: LENGTH }.into(),
            Self::App => types::auth::SentCodeTypeApp { length: LENGTH }.into(),
            Self::Call => types::auth::SentCodeTypeCall { length: LENGTH }.into(),
        }
    }

    const fn kind(self) -> enums::auth::CodeType {
        match self {
            Self::Sms | Self::App => enums::auth::CodeType::Sms,
            Self::Call => enums::auth::CodeType::Call,
        }
    }
}

/// The number as stored: digits only.
pub(crate) fn normalised(number: &str) -> Answer<String> {
    phone::normalise(number).ok_or_else(bad_phone)
}

/// The same, if accounts with this number are at home here: `PHONE_MIGRATE_X` else.
pub(crate) async fn number_here(call: &Call, number: &str) -> Answer<String> {
    let number = normalised(number)?;
    let here = call.environment.home;
    if here != 0 {
        let home = match call.store().user_by_phone(&number).await? {
            Some(user) => i32::try_from(user.home).unwrap_or(0),
            None => call.world.centres.of_number(&number).unwrap_or(0),
        };
        if is_elsewhere(home, here) {
            return Err(RpcError::new(303, &format!("PHONE_MIGRATE_{home}")));
        }
    }
    Ok(number)
}

/// Makes a code for a number, "sends" it, and says how. `owner` is the account that wants to change to the number, or 0
/// for a login.
pub(crate) async fn send(
    call: &Call,
    number: &str,
    owner: i64,
    delivery: Delivery,
) -> Answer<enums::auth::SentCode> {
    // Fresh codes must not bring fresh tries without end.
    if call.store().too_many_wrong_codes(number, call.unix()).await? {
        return Err(bad_request("PHONE_NUMBER_FLOOD"));
    }
    let now = call.now.monotonic;
    if call.world.floods.code_for_device(call.device, now).is_some() {
        return Err(RpcError::new(406, "PHONE_PASSWORD_FLOOD"));
    }
    if call.world.floods.code_for_number(number, now).is_some() {
        return Err(bad_request("PHONE_NUMBER_FLOOD"));
    }
    let code = match phone::test_digit(number) {
        Some(digit) => digit.to_string().repeat(CODE_LEN),
        None => call.world.rng.with(|rng| format!("{:05}", rng.random_range(0..100_000_u32))),
    };
    let hash: [u8; 9] = call.world.rng.bytes();
    let phone_code_hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let expires_at = call.unix().saturating_add(i64::try_from(CODE_LIFETIME.as_secs()).unwrap_or(0));
    let new = NewLoginCode {
        phone_code_hash: phone_code_hash.clone(),
        phone: number.to_owned(),
        code,
        expires_at,
        delivery: delivery.number(),
        owner,
    };
    call.store().put_login_code(&new).await?;
    if call.world.log_codes && phone::test_digit(number).is_none() {
        // The one secret that is logged, because there is no telephone at the other end.
        tracing::info!(code = new.code, "login code for +{number}");
    }
    tracing::debug!(number = phone::redacted(number), ?delivery, "a login code was made");
    if delivery == Delivery::App
        && let Some(user) = call.store().user_by_phone(number).await?
    {
        service_account::code(call, user.id, &new.code).await?;
    }
    call.world.remember_code(number, &new.code, expires_at);
    let next = Delivery::next(delivery.number());
    Ok(types::auth::SentCode {
        r#type: delivery.sent(),
        phone_code_hash,
        next_type: next.map(Delivery::kind),
        timeout: next.map(|_| CODE_TIMEOUT),
    }
    .into())
}

/// Judges a code that somebody typed.
pub(crate) async fn check(
    call: &Call,
    hash: &str,
    number: &str,
    owner: i64,
    typed: &str,
) -> Answer<CodeCheck> {
    // Test numbers have codes of five and of six digits.
    let longer = phone::test_digit(number).map(|digit| digit.to_string().repeat(CODE_LEN + 1));
    Ok(call
        .store()
        .check_login_code(hash, number, owner, (typed.trim(), longer.as_deref()), call.unix())
        .await?)
}
