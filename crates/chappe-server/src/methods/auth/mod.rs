//! Logging in and out.

pub(super) mod bind_temp_auth_key;
pub(super) mod cancel_code;
pub(super) mod carry;
pub(super) mod check_password;
pub(super) mod code;
pub(super) mod drop_temp_auth_keys;
pub(super) mod import_bot_authorization;
pub(super) mod log_out;
pub(super) mod login_token;
pub(super) mod recover_password;
pub(super) mod resend_code;
pub(super) mod reset_authorizations;
pub(super) mod reset_login_email;
pub(super) mod send_code;
pub(super) mod sign_in;
pub(super) mod sign_up;

use chappe_api::{enums, types};
use chappe_mtproto::rpc::RpcError;

use crate::call::Call;
use crate::methods::errors::{Answer, unregistered};
use crate::model;
use crate::store::UserRow;

/// Logs in whoever has shown that the account is theirs, but for the password, if the account has one. `email` is the mail
/// address that it has for logins from then on; empty: as before.
async fn enter(call: &Call, user: &UserRow, email: &str) -> Answer<enums::auth::Authorization> {
    if call.store().password(user.id).await?.is_none() {
        let authorization = log_in(call, user.id).await?;
        if !email.is_empty() {
            call.store().set_login_email(user.id, Some(email)).await?;
        }
        return Ok(authorization);
    }
    // A device belongs to one account at a time.
    if call.authorization.is_some_and(|before| before.user_id != user.id) {
        call.log_out(call.device).await?;
    }
    call.store().put_pending_login(call.device, user.id, email, call.unix()).await?;
    Err(RpcError::new(401, "SESSION_PASSWORD_NEEDED"))
}

/// The end of every login.
async fn log_in(call: &Call, user_id: i64) -> Answer<enums::auth::Authorization> {
    let user = call.store().user(user_id).await?.filter(|user| !user.deleted).ok_or_else(unregistered)?;
    let email = call.store().pending_email(call.device, user.id).await?;
    call.log_in(user.id).await?;
    if email.is_some() {
        call.store().set_login_email(user.id, email.as_deref()).await?;
    }
    authorization(call, &user).await
}

/// The answer of every successful login.
async fn authorization(call: &Call, user: &UserRow) -> Answer<enums::auth::Authorization> {
    let user =
        model::user::see(call.store(), &call.world.access, user, call.viewer(user.id), call.unix()).await?;
    Ok(types::auth::Authorization {
        setup_password_required: false,
        otherwise_relogin_days: None,
        tmp_sessions: None,
        future_auth_token: None,
        user,
    }
    .into())
}
