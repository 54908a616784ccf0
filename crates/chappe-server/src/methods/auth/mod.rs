//! Logging in and out.

pub(super) mod bind_temp_auth_key;
pub(super) mod cancel_code;
mod code;
pub(super) mod import_bot_authorization;
pub(super) mod log_out;
pub(super) mod resend_code;
pub(super) mod reset_authorizations;
pub(super) mod send_code;
pub(super) mod sign_in;
pub(super) mod sign_up;

use chappe_api::{enums, types};

use crate::call::Call;
use crate::methods::errors::Answer;
use crate::model;
use crate::store::UserRow;

/// The answer of every successful login.
async fn authorization(call: &Call, user: &UserRow) -> Answer<enums::auth::Authorization> {
    let user = model::user::see(call.store(), &call.world.access, user, user.id, call.unix()).await?;
    Ok(types::auth::Authorization {
        setup_password_required: false,
        otherwise_relogin_days: None,
        tmp_sessions: None,
        future_auth_token: None,
        user,
    }
    .into())
}
