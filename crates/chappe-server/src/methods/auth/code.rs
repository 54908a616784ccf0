//! Numbers and codes.

use chappe_api::{enums, types};
use chappe_mtproto::rpc::RpcError;
use rand::RngExt;

use crate::call::Call;
use crate::centres::is_elsewhere;
use crate::limits::{CODE_LIFETIME, CODE_TIMEOUT};
use crate::methods::errors::{Answer, bad_phone, bad_request};
use crate::model::{login_email, password, phone, service_account};
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
    /// A mail.
    Mail,
    /// None is sent: the login waits for a mail address.
    Setup,
}

impl Delivery {
    const fn number(self) -> i64 {
        match self {
            Self::Sms => 0,
            Self::App => 1,
            Self::Call => 2,
            Self::Mail => 3,
            Self::Setup => 4,
        }
    }

    /// Whether a code that is stored with this number goes so.
    pub(crate) const fn is(self, number: i64) -> bool {
        self.number() == number
    }

    /// What follows when a code does not arrive.
    pub(crate) const fn next(number: i64) -> Option<Self> {
        match number {
            0 => Some(Self::Call),
            1 => Some(Self::Sms),
            _ => None,
        }
    }

    fn sent(self, to: &Recipient<'_>) -> enums::auth::SentCodeType {
        const LENGTH: i32 = CODE_LEN as i32;
        match self {
            Self::Sms => types::auth::SentCodeTypeSms { length: LENGTH }.into(),
            Self::App => types::auth::SentCodeTypeApp { length: LENGTH }.into(),
            Self::Call => types::auth::SentCodeTypeCall { length: LENGTH }.into(),
            Self::Mail => login_email::sent(to.email, to.reset_at),
            Self::Setup => types::auth::SentCodeTypeSetUpEmailRequired {
                apple_signin_allowed: false,
                google_signin_allowed: false,
            }
            .into(),
        }
    }

    const fn kind(self) -> enums::auth::CodeType {
        match self {
            Self::Call => enums::auth::CodeType::Call,
            _ => enums::auth::CodeType::Sms,
        }
    }
}

/// For whom a code is.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Recipient<'a> {
    pub(crate) number: &'a str,
    /// The account that wants to change to the number, or 0 for a login.
    pub(crate) owner: i64,
    /// The mail address that the account has once the login has succeeded; a mail goes there. Empty: as before.
    pub(crate) email: &'a str,
    /// When the address is forgotten, in Unix seconds; 0: nobody has asked for that.
    pub(crate) reset_at: i64,
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

/// The same where a number that is none has the error that is listed for the called method.
pub(crate) async fn listed_number_here(call: &Call, number: &str) -> Answer<String> {
    let number = number_here(call, number).await;
    number.map_err(|error| if error.code == 406 { call.refuse(&["PHONE_NUMBER_INVALID"]) } else { error })
}

/// Makes a code for a number, "sends" it, and says how.
pub(crate) async fn send(
    call: &Call,
    to: Recipient<'_>,
    delivery: Delivery,
) -> Answer<enums::auth::SentCode> {
    let Recipient { number, owner, email, .. } = to;
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
        _ if matches!(delivery, Delivery::Mail | Delivery::Setup) => password::code(call),
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
        email: email.to_owned(),
    };
    call.store().put_login_code(&new).await?;
    tracing::debug!(number = phone::redacted(number), ?delivery, "a login code was made");
    match delivery {
        Delivery::Mail => {
            call.world.forget_code(number);
            password::mail(call, email, &new.code, expires_at);
        }
        Delivery::Setup => call.world.forget_code(number),
        _ => {
            if call.world.log_codes && phone::test_digit(number).is_none() {
                // The one secret that is logged, because there is no telephone at the other end.
                tracing::info!(code = new.code, "login code for +{number}");
            }
            if delivery == Delivery::App
                && let Some(user) = call.store().user_by_phone(number).await?
            {
                service_account::code(call, user.id, &new.code).await?;
            }
            call.world.remember_code(number, &new.code, expires_at);
        }
    }
    let next = Delivery::next(delivery.number());
    Ok(types::auth::SentCode {
        r#type: delivery.sent(&to),
        phone_code_hash,
        next_type: next.map(Delivery::kind),
        timeout: next.map(|_| CODE_TIMEOUT),
    }
    .into())
}

/// How a code for a login to a number goes: whoever has another device gets it there.
pub(crate) async fn delivery(call: &Call, number: &str) -> Answer<Delivery> {
    let Some(user) = call.store().user_by_phone(number).await? else { return Ok(Delivery::Sms) };
    let devices = call.store().devices(user.id, call.unix()).await?;
    let elsewhere = devices.iter().any(|device| device.auth_key_id != call.device);
    Ok(if elsewhere { Delivery::App } else { Delivery::Sms })
}

/// Judges a code that somebody typed; one from a mail is said to be from there.
pub(crate) async fn check(
    call: &Call,
    (hash, number, owner): (&str, &str, i64),
    typed: &str,
    by_mail: bool,
) -> Answer<CodeCheck> {
    // Test numbers have codes of five and of six digits.
    let longer = phone::test_digit(number).map(|digit| digit.to_string().repeat(CODE_LEN + 1));
    let typed = (typed.trim(), longer.as_deref(), by_mail);
    Ok(call.store().check_login_code((hash, number, owner), typed, call.unix()).await?)
}
