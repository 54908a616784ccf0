//! `account.getPassword`: also before the password is shown.

use chappe_api::{functions, types};

use crate::call::Call;
use crate::methods::errors::Answer;
use crate::model::password;

pub(crate) async fn handle(
    call: &Call,
    _: functions::account::GetPassword,
) -> Answer<types::account::Password> {
    password::see(call, call.claimant().await?).await
}
