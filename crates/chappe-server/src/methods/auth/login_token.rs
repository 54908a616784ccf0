//! Logging in by a QR code: `auth.exportLoginToken`, `auth.acceptLoginToken` and `auth.importLoginToken`.
//!
//! The new device shows a token as a picture, one that is logged in reads and accepts it, and the new device asks again.
//!
//! Source: <https://core.telegram.org/api/qr-login>

use chappe_api::{enums, functions, types};

use crate::call::{After, Call};
use crate::centres::is_elsewhere;
use crate::limits::LOGIN_TOKEN_LIFETIME;
use crate::methods::account;
use crate::methods::errors::{Answer, bad_request};
use crate::model::note::{Hearers, Note};

/// Accounts that a device may except, more than a client can hold.
const MAX_EXCEPT_IDS: usize = 100;

pub(crate) async fn export(
    call: &Call,
    query: functions::auth::ExportLoginToken,
) -> Answer<enums::auth::LoginToken> {
    if query.api_id <= 0 || query.api_hash.is_empty() {
        return Err(bad_request("API_ID_INVALID"));
    }
    let token: [u8; 32] = call.world.rng.bytes();
    let except_ids = query.except_ids.get(..MAX_EXCEPT_IDS).unwrap_or(&query.except_ids);
    let (now, expires_at) = (call.unix(), call.unix().saturating_add(LOGIN_TOKEN_LIFETIME));
    loop {
        if let Some((token, user_id)) = call.store().accepted_login(call.device, now).await? {
            if let Some(elsewhere) = migrate(call, user_id, &token).await? {
                return Ok(elsewhere);
            }
            if call.store().take_login_token(&token, now).await?.is_some() {
                return success(call, user_id).await;
            }
        }
        // One may be accepted in this very moment.
        if call.store().put_login_token(&token, call.device, except_ids, (now, expires_at)).await? {
            return Ok(shown(&token, expires_at));
        }
    }
}

fn shown(token: &[u8], expires_at: i64) -> enums::auth::LoginToken {
    let expires = i32::try_from(expires_at).unwrap_or(i32::MAX);
    types::auth::LoginToken { expires, token: token.to_vec() }.into()
}

/// Whoever has accepted may be at home in another data centre: the token is good there, with another key.
async fn migrate(call: &Call, user_id: i64, token: &[u8]) -> Answer<Option<enums::auth::LoginToken>> {
    let home = call.store().user(user_id).await?.and_then(|user| i32::try_from(user.home).ok()).unwrap_or(0);
    let elsewhere = is_elsewhere(home, call.environment.home);
    let there = || types::auth::LoginTokenMigrateTo { dc_id: home, token: token.to_vec() }.into();
    Ok(elsewhere.then(there))
}

async fn success(call: &Call, user_id: i64) -> Answer<enums::auth::LoginToken> {
    let user = call.store().user(user_id).await?.filter(|user| !user.deleted);
    let user = user.ok_or_else(|| bad_request("AUTH_TOKEN_EXPIRED"))?;
    let authorization = super::enter(call, &user, "").await?;
    Ok(types::auth::LoginTokenSuccess { authorization }.into())
}

pub(crate) async fn import(
    call: &Call,
    query: functions::auth::ImportLoginToken,
) -> Answer<enums::auth::LoginToken> {
    let token = call.store().login_token(&query.token).await?;
    let token = token.ok_or_else(|| bad_request("AUTH_TOKEN_INVALIDX"))?;
    if token.expires_at <= call.unix() {
        return Err(bad_request("AUTH_TOKEN_EXPIRED"));
    }
    if let Some(elsewhere) = migrate(call, token.accepted_by, &query.token).await? {
        return Ok(elsewhere);
    }
    match call.store().take_login_token(&query.token, call.unix()).await? {
        Some(user_id) => success(call, user_id).await,
        None => Ok(shown(&query.token, token.expires_at)),
    }
}

pub(crate) async fn accept(
    call: &Call,
    query: functions::auth::AcceptLoginToken,
) -> Answer<types::Authorization> {
    let user_id = call.user_id()?;
    let token = call.store().login_token(&query.token).await?;
    let token = token.ok_or_else(|| bad_request("AUTH_TOKEN_INVALIDX"))?;
    if token.expires_at <= call.unix() {
        return Err(bad_request("AUTH_TOKEN_EXPIRED"));
    }
    if token.excepts(user_id) {
        return Err(bad_request("AUTH_TOKEN_EXCEPTION"));
    }
    if !call.store().accept_login_token(&query.token, user_id).await? {
        return Err(bad_request("AUTH_TOKEN_ALREADY_ACCEPTED"));
    }
    let to = Hearers::Devices(vec![token.auth_key_id]);
    call.after(After::Note { to, note: Note::LoginToken });
    let device = call.store().device_of_key(token.auth_key_id, call.unix()).await?;
    let device = device.ok_or_else(|| bad_request("AUTH_TOKEN_INVALIDX"))?;
    Ok(account::get_authorizations::see(call, &device))
}
