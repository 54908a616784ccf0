//! `auth.importBotAuthorization`
//!
//! Any token `ID:SECRET` is a bot: the account is made at its first use, and the same id opens only with the same
//! secret afterwards.

use chappe_api::{enums, functions};

use crate::call::Call;
use crate::methods::errors::{Answer, bad_request};
use crate::store::BotLogin;

/// Bot ids of real tokens have about ten digits.
const MAX_BOT_ID: i64 = 1 << 52;

pub(crate) async fn handle(
    call: &Call,
    query: functions::auth::ImportBotAuthorization,
) -> Answer<enums::auth::Authorization> {
    if query.api_id <= 0 || query.api_hash.is_empty() {
        return Err(bad_request("API_ID_INVALID"));
    }
    let invalid = || bad_request("ACCESS_TOKEN_INVALID");
    let (id, secret) = query.bot_auth_token.split_once(':').ok_or_else(invalid)?;
    let id: i64 = id.parse().ok().filter(|id| (1..=MAX_BOT_ID).contains(id)).ok_or_else(invalid)?;
    if secret.is_empty() {
        return Err(invalid());
    }
    let hash = call.world.access.token_hash(id, secret);
    match call.store().log_in_bot(id, &hash, call.environment.home, call.unix()).await? {
        BotLogin::WrongSecret => Err(invalid()),
        BotLogin::Bot(user) => {
            super::carry::at_home(call, &user)?;
            super::log_in(call, user.id).await
        }
    }
}
