//! Links by which somebody is found for a short time: `contacts.exportContactToken` and `importContactToken`.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use chappe_api::{enums, functions, types};
use subtle::ConstantTimeEq;

use crate::call::Call;
use crate::limits::CONTACT_TOKEN_LIFETIME;
use crate::methods::errors::{Answer, bad_request};
use crate::model::user;

/// What a token is made for.
const PURPOSE: &[u8] = b"contact token";

pub(crate) async fn export(
    call: &Call,
    _: functions::contacts::ExportContactToken,
) -> Answer<types::ExportedContactToken> {
    let expires = call.unix().saturating_add(CONTACT_TOKEN_LIFETIME);
    let mut token = [call.user_id()?.to_le_bytes(), expires.to_le_bytes()].concat();
    let mac = call.world.access.mac(PURPOSE, &token);
    token.extend_from_slice(&mac);
    Ok(types::ExportedContactToken {
        url: format!("tg://contact?token={}", BASE64.encode(token)),
        expires: i32::try_from(expires).unwrap_or(i32::MAX),
    })
}

/// The account that a token names, if it is genuine and not too old.
fn read(call: &Call, token: &str) -> Option<i64> {
    let bytes = BASE64.decode(token).ok()?;
    let (said, mac) = bytes.split_at_checked(16)?;
    let right = call.world.access.mac(PURPOSE, said);
    let (user_id, expires) = said.split_first_chunk()?;
    let expires = i64::from_le_bytes(*expires.first_chunk()?);
    (bool::from(right.as_slice().ct_eq(mac)) && expires > call.unix()).then(|| i64::from_le_bytes(*user_id))
}

pub(crate) async fn import(
    call: &Call,
    query: functions::contacts::ImportContactToken,
) -> Answer<enums::User> {
    let invalid = || bad_request("IMPORT_TOKEN_INVALID");
    let user_id = read(call, &query.token).ok_or_else(invalid)?;
    let row = call.store().user(user_id).await?.filter(|user| !user.deleted).ok_or_else(invalid)?;
    let viewer = call.viewer(call.user_id()?);
    Ok(user::see(call.store(), &call.world.access, &row, viewer, call.unix()).await?)
}
