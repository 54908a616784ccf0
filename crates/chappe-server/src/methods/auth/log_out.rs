//! `auth.logOut`

use chappe_api::{functions, types};

use crate::call::Call;
use crate::methods::errors::Answer;

pub(crate) async fn handle(call: &Call, _: functions::auth::LogOut) -> Answer<types::auth::LoggedOut> {
    if call.authorization.is_some() {
        call.log_out(call.device).await?;
    }
    Ok(types::auth::LoggedOut { future_auth_token: None })
}
