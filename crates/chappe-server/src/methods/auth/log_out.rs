//! `auth.logOut`

use chappe_api::{functions, types};

use crate::call::{After, Call};
use crate::methods::errors::Answer;

pub(crate) async fn handle(call: &Call, _: functions::auth::LogOut) -> Answer<types::auth::LoggedOut> {
    if call.authorization.is_some() {
        let out = call.store().log_out(call.device, call.unix()).await?;
        call.after_changes(out.changes);
        call.after(After::LoginChanged { device: call.device, logged_in: false });
    }
    Ok(types::auth::LoggedOut { future_auth_token: None })
}
