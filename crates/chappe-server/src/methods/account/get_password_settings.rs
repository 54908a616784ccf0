//! `account.getPasswordSettings`

use chappe_api::{functions, types};

use crate::call::Call;
use crate::methods::errors::Answer;
use crate::model::password;

pub(crate) async fn handle(
    call: &Call,
    query: functions::account::GetPasswordSettings,
) -> Answer<types::account::PasswordSettings> {
    let user_id = call.user_id()?;
    password::verify(call, user_id, &query.password).await?;
    Ok(password::settings(call.store().password(user_id).await?.as_ref()))
}
