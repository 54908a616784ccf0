//! Mail addresses to which login codes go.
//!
//! Source: <https://core.telegram.org/api/auth#email-verification>

use chappe_api::{enums, types};

use super::email;
use super::password::CODE_LEN;
use crate::limits::LOGIN_EMAIL_RESET;

/// Digits of a code in a mail.
const LENGTH: i32 = CODE_LEN as i32;

/// How it is told that a login code went to an address, and what becomes of that address: `reset_at` is when it is
/// forgotten, or 0.
pub(crate) fn sent(address: &str, reset_at: i64) -> enums::auth::SentCodeType {
    let wait = i32::try_from(LOGIN_EMAIL_RESET).unwrap_or(i32::MAX);
    types::auth::SentCodeTypeEmailCode {
        apple_signin_allowed: false,
        google_signin_allowed: false,
        email_pattern: email::pattern(address),
        length: LENGTH,
        reset_available_period: (reset_at == 0).then_some(wait),
        reset_pending_date: i32::try_from(reset_at).ok().filter(|at| *at != 0),
    }
    .into()
}

/// The same for a code that confirms an address.
pub(crate) fn confirmation(address: &str) -> types::account::SentEmailCode {
    types::account::SentEmailCode { email_pattern: email::pattern(address), length: LENGTH }
}
