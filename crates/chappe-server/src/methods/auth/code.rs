//! Numbers and codes.

use chappe_api::{enums, types};
use rand::RngExt;

use crate::call::Call;
use crate::limits::CODE_LIFETIME;
use crate::methods::errors::{Answer, bad_phone};
use crate::model::phone;
use crate::store::NewLoginCode;

/// Digits of every code, as announced to the client.
const CODE_LEN: usize = 5;

/// The number as stored: digits only.
pub(super) fn normalised(number: &str) -> Answer<String> {
    phone::normalise(number).ok_or_else(bad_phone)
}

/// The code of a test number `99966XYYYY` in its longer form, which some clients type.
pub(super) fn six_digits(number: &str) -> Option<String> {
    phone::test_digit(number).map(|digit| digit.to_string().repeat(CODE_LEN + 1))
}

/// Makes a code for a number, "sends" it, and says how.
pub(super) async fn send(call: &Call, number: &str) -> Answer<enums::auth::SentCode> {
    let code = match phone::test_digit(number) {
        Some(digit) => digit.to_string().repeat(CODE_LEN),
        None => call.world.rng.with(|rng| format!("{:05}", rng.random_range(0..100_000_u32))),
    };
    let hash: [u8; 9] = call.world.rng.bytes();
    let phone_code_hash: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    let expires_at = call.unix().saturating_add(i64::try_from(CODE_LIFETIME.as_secs()).unwrap_or(0));
    let new =
        NewLoginCode { phone_code_hash: phone_code_hash.clone(), phone: number.to_owned(), code, expires_at };
    call.store().put_login_code(&new).await?;
    if phone::test_digit(number).is_none() {
        // The one secret that is logged, because there is no telephone at the other end.
        tracing::info!(code = new.code, "login code for +{number}");
    }
    tracing::debug!(number = phone::redacted(number), "a login code was made");
    call.world.remember_code(number, &new.code, expires_at);
    Ok(types::auth::SentCode {
        r#type: types::auth::SentCodeTypeSms { length: 5 }.into(),
        phone_code_hash,
        next_type: None,
        timeout: None,
    }
    .into())
}
